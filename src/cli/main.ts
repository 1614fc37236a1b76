#!/usr/bin/env -S node --max-semi-space-size=1 --max-old-space-size=112 --single-threaded-gc --v8-pool-size=1
/** The command line: parses, calls one command, exits with its code. */
import { Command, CommanderError } from 'commander';
import { addAlertCommands } from './alert-options.ts';
import { type CheckOptions, check as checkFiles } from './check.ts';
import { offerConfig, requireConfig } from './config-option.ts';
import { type DecodeOptions, decode } from './decode.ts';
import { addDoctorOptions, type DoctorOptions } from './doctor-options.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { addRehearseOptions, type RehearseOptions } from './rehearse/options.ts';
import { addScanOptions, type ScanOptions } from './scan-options.ts';
import { addSimulateOptions, type SimulateOptions } from './simulate-options.ts';
import type { StatusOptions } from './status.ts';
import { addStoreCommands } from './store/options.ts';
import { version } from './version.ts';

/** A reader that has gone, as in `sideline rehearse … | head`, ends the command quietly. */
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
);

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = commands((result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
}

function commands(done: (code: ExitCode) => void): Command {
  const program = new Command('sideline')
    .description('Edge gateway for Bluetooth LE heart-rate straps. It measures, it does not diagnose.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)');

  const run = program.command('run').description('the daemon');
  requireConfig(run).action(async (options: { config: string }) => {
    // The radio, the store and the uplinks are loaded only where they are needed.
    const { run } = await import('./run.ts');
    leave(await run(options));
  });

  const simulate = program
    .command('simulate')
    .description('the same daemon with simulated athletes and an embedded broker; needs no configuration');
  addSimulateOptions(simulate).action(async (options: SimulateOptions) => {
    const { simulate } = await import('./simulate.ts');
    leave(await simulate(options));
  });

  const check = program
    .command('check')
    .description(
      'validates gateway.yaml and its athletes file, and shows every athlete’s rules; offline, reading only',
    );
  requireConfig(check)
    .option('--explain <id>', 'the rules of this athlete alone, each value with the line that it comes from')
    .option('--json', 'the problems, or the rules with their lines, as JSON on stdout')
    .action((options: CheckOptions) => done(checkFiles(options)));

  program
    .command('decode')
    .description('what the bytes of a heart-rate notification (0x2A37) say, as JSON')
    .argument('<hex...>', 'two hexadecimal digits a byte')
    .option('--advert', 'the bytes are the manufacturer data of an advertisement')
    .action((hex: string[], options: DecodeOptions) => done(decode(hex, options)));

  const rehearsal = program
    .command('rehearse')
    .description('which alerts an athletes file would have raised over what was recorded, one JSON line an event');
  addRehearseOptions(rehearsal).action(async (options: RehearseOptions) => {
    const { rehearse } = await import('./rehearse/rehearse.ts');
    done(await rehearse(options));
  });

  const scan = program.command('scan').description('the straps in range: whose they are, and how well they are heard');
  addScanOptions(scan).action(async (options: ScanOptions) => {
    const { scan } = await import('./scan.ts');
    leave(await scan(options));
  });

  const status = program
    .command('status')
    .description('how the running gateway is: athletes, adapters, uplink, backlog, store, gaps');
  offerConfig(status)
    .option('--json', 'what the gateway told, as JSON on stdout')
    .action(async (options: StatusOptions) => {
      const { status } = await import('./status.ts');
      done(await status(options));
    });

  const examination = program
    .command('doctor')
    .description('what must be right before a match, each with a verdict and a remedy');
  addDoctorOptions(examination).action(async (options: DoctorOptions) => {
    const { doctor } = await import('./doctor.ts');
    // A name server that does not answer would hold the process for as long as the system waits for it.
    leave(await doctor(options));
  });

  addAlertCommands(program, done);

  addStoreCommands(program, done);

  return program;
}

/** A gateway that has stopped leaves handles of native libraries behind; waiting for them would take seconds. */
function leave(code: ExitCode): never {
  process.exit(code);
}
