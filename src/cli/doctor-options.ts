/** The options of `sideline doctor`. */
import type { Command } from 'commander';
import { adapterOption } from './adapter-option.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly adapter?: readonly string[];
  readonly json?: true;
}

export function addDoctorOptions(command: Command): Command {
  return command
    .option('--config <file>', 'gateway.yaml: the files, adapters and brokers that it names')
    .addOption(adapterOption('look at these adapters'))
    .option('--json', 'the findings as JSON on stdout');
}
