/** The options of `sideline doctor`. */
import type { Command } from 'commander';
import { adapterOption } from './adapter-option.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly adapter?: readonly string[];
  readonly json?: true;
  /** The path of an archive. */
  readonly bundle?: string;
  readonly yes?: true;
}

export function addDoctorOptions(command: Command): Command {
  return command
    .option('--config <file>', 'gateway.yaml: the files, adapters and brokers that it names')
    .addOption(adapterOption('look at these adapters'))
    .option('--bundle <file>', 'write a redacted archive (.tar.gz) for a support request, after showing what is in it')
    .option('--yes', 'write the bundle without asking')
    .option('--json', 'what was found as JSON on stdout');
}
