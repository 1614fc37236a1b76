/** The commands under `sideline store` and their options. */
import { type Command, Option } from 'commander';
import { RECORD_KINDS } from '../../domain/record.ts';
import type { ExitCode } from '../exit-code.ts';
import { requireOption } from '../required-option.ts';
import { timeOption } from '../time-option.ts';
import type { ExportOptions } from './export.ts';
import type { ExportFormatName } from './export-formats.ts';
import type { PlaceOptions } from './place.ts';

const FORMATS: readonly ExportFormatName[] = ['csv', 'jsonl', 'parquet'];

export function addStoreCommands(program: Command, done: (code: ExitCode) => void): void {
  const store = program.command('store').description('looks after a store that no gateway has in use');

  placed(store.command('check'))
    .description('holds everything in it against its checksums')
    .option('--json', 'the findings as JSON on stdout')
    .action(async (options: PlaceOptions & { json?: true }) => {
      const { check } = await import('./commands.ts');
      done(check(options));
    });

  const salvage = placed(store.command('salvage')).description(
    'brings what can be read of a damaged one into a new one',
  );
  requireOption(salvage, '--into <file>', 'the new store')
    .option('--all', 'also what was acknowledged')
    .action(async (options: PlaceOptions & { into: string; all?: true }) => {
      const { salvage } = await import('./commands.ts');
      done(salvage(options));
    });

  placed(store.command('compact'))
    .description('makes its file as small as its content; with --config after holding it to max_size')
    .action(async (options: PlaceOptions) => {
      const { compact } = await import('./commands.ts');
      done(compact(options));
    });

  placed(store.command('restored'))
    .description('says that it was brought back from a copy, before the gateway starts with it')
    .action(async (options: PlaceOptions) => {
      const { restored } = await import('./commands.ts');
      done(restored(options));
    });

  const exporting = placed(store.command('export')).description('its records for other programs');
  exporting.addOption(new Option('--format <name>', 'of the output').choices(FORMATS).default('csv'));
  requireOption(exporting, '--out <file>', 'where to, or - for stdout')
    .addOption(new Option('--what <kind>', 'which records').choices(RECORD_KINDS).default('samples'))
    .option('--from <time>', 'from this time on, as in 2026-11-26T14:30:00Z', timeOption)
    .option('--to <time>', 'before this time', timeOption)
    .option('--athlete <id...>', 'of these athletes only')
    .action(async (options: ExportOptions) => {
      const { exportStore } = await import('./export.ts');
      done(await exportStore(options));
    });
}

function placed(command: Command): Command {
  return command.option('--store <file>', 'the store').option('--config <file>', 'gateway.yaml, which names the store');
}
