/** The options of `sideline rehearse`, and which of them go together. */
import type { Command } from 'commander';
import { requireOption } from '../required-option.ts';
import { timeOption } from '../time-option.ts';

/** Either a recording and whose it is, or a store. */
export interface RehearseOptions {
  readonly athletes: string;
  readonly recording?: string;
  readonly store?: string;
  /** Unix ms, the first one in and the last one out. */
  readonly from?: number;
  readonly to?: number;
  readonly athlete?: string;
  readonly against?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  sideline rehearse --athletes athletes.yaml --recording match.fit --athlete 7
  sideline rehearse --athletes athletes.yaml --store /var/lib/sideline/outbox.db \\
    --from 2026-11-21T14:00:00Z --to 2026-11-21T16:30:00Z --against tighter.yaml

Rules begin anew with the first reading. A store can be had while no gateway runs.`;

export function addRehearseOptions(command: Command): Command {
  requireOption(command, '--athletes <file>', 'athletes.yaml')
    .option('--recording <file>', 'a recording of one athlete: .csv, .hrm or .fit')
    .option('--store <file>', 'or what a gateway has stored of the team')
    .option('--from <time>', 'from this time on, as in 2026-11-26T14:30:00Z', timeOption)
    .option('--to <time>', 'before this time', timeOption)
    .option('--athlete <id>', 'whose rules: needed with --recording, the team without it')
    .option(
      '--against <file>',
      'another athletes.yaml: which alerts would appear, vanish, move or flap with it instead',
    )
    .option('--json', 'the comparison as JSON on stdout')
    .addHelpText('after', EXAMPLES)
    .hook('preAction', () => refuseContradictions(command));
  return command;
}

function refuseContradictions(command: Command): void {
  const { recording, store, athlete, from, to, against, json } = command.opts<RehearseOptions>();
  const wrong = (text: string) => command.error(`error: ${text}`);
  if ((recording === undefined) === (store === undefined))
    wrong("give either '--recording <file>' or '--store <file>'");
  if (recording !== undefined && athlete === undefined) {
    wrong("option '--recording <file>' needs '--athlete <id>', whose recording it is");
  }
  if (recording !== undefined && (from !== undefined || to !== undefined)) {
    wrong("options '--from <time>' and '--to <time>' go with '--store <file>': a recording is rehearsed whole");
  }
  if (from !== undefined && to !== undefined && from >= to)
    wrong("option '--to <time>' has to be after '--from <time>'");
  if (json === true && against === undefined) {
    wrong("option '--json' goes with '--against <file>': without it the output is JSON already");
  }
}
