/** The options of `sideline scan`. */
import { type Command, InvalidArgumentError } from 'commander';
import { DURATION_PATTERN, durationMs } from '../config/quantity.ts';
import { adapterOption } from './adapter-option.ts';
import { defaultConfig } from './config-option.ts';

export interface ScanOptions {
  readonly config?: string;
  readonly adapter?: readonly string[];
  /** ms */
  readonly duration?: number;
  readonly json?: true;
}

export function addScanOptions(command: Command): Command {
  return defaultConfig(command, 'gateway.yaml: its adapters, and its athletes to match the straps with')
    .addOption(adapterOption('listen with these adapters'))
    .option(
      '--duration <time>',
      'how long, as in 30s (default: 10s, and on a terminal until a key is pressed)',
      duration,
    )
    .option('--json', 'what was heard as one JSON document on stdout');
}

/** A day: whoever scans for longer has forgotten it. */
const DURATION_MAX_MS = 86_400_000;

function duration(text: string): number {
  const ms = DURATION_PATTERN.test(text) ? durationMs(text) : 0;
  if (ms > 0 && ms <= DURATION_MAX_MS) return ms;
  throw new InvalidArgumentError('Give a number with its unit: 30s, 2m or 1h.');
}
