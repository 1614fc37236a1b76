/** The options of `sideline doctor`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DURATION_PATTERN, durationMs } from '../config/quantity.ts';
import { adapterOption } from './adapter-option.ts';
import { defaultConfig } from './config-option.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly adapter?: readonly string[];
  readonly json?: true;
  /** The path of an archive. */
  readonly bundle?: string;
  readonly yes?: true;
  readonly athletes?: true;
  /** ms */
  readonly for?: number;
}

export function addDoctorOptions(command: Command): Command {
  return defaultConfig(command, 'gateway.yaml: the files, adapters, brokers and athletes that it names')
    .addOption(adapterOption('look at these adapters'))
    .option('--bundle <file>', 'write a redacted archive (.tar.gz) for a support request, after showing what is in it')
    .option('--yes', 'write the bundle without asking')
    .addOption(
      new Option(
        '--athletes',
        'in place of the checks: wait for the strap of every athlete, and say who is missing',
      ).conflicts(['bundle', 'yes']),
    )
    .option('--for <time>', 'how long to wait for the athletes, as in 30s (default: 2m)', duration)
    .option('--json', 'what was found as JSON on stdout');
}

/** Straps are put on one after the other; whoever waits for longer has gone to look. */
const DURATION_MAX_MS = 3_600_000;

function duration(text: string): number {
  const ms = DURATION_PATTERN.test(text) ? durationMs(text) : 0;
  if (ms > 0 && ms <= DURATION_MAX_MS) return ms;
  throw new InvalidArgumentError('Give a number with its unit, an hour at the most: 30s, 2m or 1h.');
}
