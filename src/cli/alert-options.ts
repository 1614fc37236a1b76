/** The commands by which a person takes notice of open alerts, or has them be quiet for a while. */
import { type Command, InvalidArgumentError } from 'commander';
import { DURATION_PATTERN, durationMs, durationText } from '../config/quantity.ts';
import { NOTE_PATTERN, SNOOZE_MS } from '../domain/alert-command.ts';
import { ID_PATTERN } from '../domain/id-pattern.ts';
import type { AcknowledgeOptions, SnoozeOptions } from './alert-commands.ts';
import { offerConfig } from './config-option.ts';
import type { ExitCode } from './exit-code.ts';
import { requireOption } from './required-option.ts';

const BOUNDS = `${durationText(SNOOZE_MS.least)} to ${durationText(SNOOZE_MS.most)}`;

export function addAlertCommands(program: Command, done: (code: ExitCode) => void): void {
  const acknowledging = program
    .command('acknowledge')
    .description('says to the running gateway that somebody has taken notice of an alert; it stays open');
  whose(acknowledging)
    .option('--note <text>', 'one line about it, which stays on the gateway unless privacy.send_notes is set', note)
    .option('--json', 'what the gateway answered, as JSON on stdout')
    .action(async (options: AcknowledgeOptions) => {
      const { acknowledge } = await import('./alert-commands.ts');
      done(await acknowledge(options));
    });

  const snoozing = program
    .command('snooze')
    .description('has an open alert be quiet for a while; if it is open still after that, it alarms again');
  requireOption(whose(snoozing), '--for <time>', `how long, ${BOUNDS}`, { parse: quiet })
    .option('--json', 'what the gateway answered, as JSON on stdout')
    .action(async (options: SnoozeOptions) => {
      const { snooze } = await import('./alert-commands.ts');
      done(await snooze(options));
    });
}

function whose(command: Command): Command {
  offerConfig(command);
  requireOption(command, '--athlete <id>', 'whose alert', { parse: id });
  command.option('--rule <name>', 'of which rule (default: all that are open)', id);
  return requireOption(command, '--by <id>', 'who does it: an id and not a name, since it leaves the gateway', {
    parse: id,
  });
}

function id(text: string): string {
  if (ID_PATTERN.test(text)) return text;
  throw new InvalidArgumentError('Give an id, not a name: 1 to 64 letters, digits, ".", "_" and "-".');
}

function note(text: string): string {
  if (NOTE_PATTERN.test(text)) return text;
  throw new InvalidArgumentError('Give one line of 1 to 500 characters.');
}

function quiet(text: string): number {
  const ms = DURATION_PATTERN.test(text) ? durationMs(text) : Number.NaN;
  if (ms >= SNOOZE_MS.least && ms <= SNOOZE_MS.most) return ms;
  throw new InvalidArgumentError(`Give a time from ${BOUNDS}, with its unit, as in 10m.`);
}
