/** `sideline doctor`: everything that must be right before a match, each with a verdict and a remedy. Changes nothing. */
import { explainConfiguration } from '../config/load.ts';
import { examine } from '../doctor/checks.ts';
import { thisMachine } from '../doctor/machine.ts';
import { SystemClock } from '../system/clock.ts';
import { DEFAULT_ADAPTERS } from './adapter-option.ts';
import { askGateway } from './doctor-gateway.ts';
import { doctorText } from './doctor-text.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complainOf, complainOfFailure, print } from './output.ts';
import { nodeRange, version } from './version.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly adapter?: readonly string[];
  readonly json?: true;
}

export async function doctor(options: DoctorOptions): Promise<ExitCode> {
  const { config, json } = options;
  const loaded = config === undefined ? undefined : explainConfiguration(config, process.env);
  if (loaded?.ok === false) return complainOf(loaded.problems);
  const settings = loaded?.value.settings;
  const { env } = process;
  const machine = thisMachine({
    adapters: options.adapter ?? settings?.radio.adapters ?? DEFAULT_ADAPTERS,
    store: settings === undefined ? undefined : { path: settings.store.path, maxBytes: settings.store.maxBytes },
    clockTrust: settings?.clock.trust,
    package: { version: version(), nodeRange: nodeRange() },
    env,
    clock: new SystemClock(),
    askGateway: () => askGateway(config, env),
  });
  try {
    const findings = await examine(machine);
    const ok = findings.every(({ verdict }) => verdict !== 'failed');
    if (json === true) print(JSON.stringify({ ok, findings }));
    else for (const line of doctorText(findings, process.stdout.columns)) print(line);
    return ok ? EXIT.done : EXIT.failed;
  } catch (error) {
    return complainOfFailure(error);
  }
}
