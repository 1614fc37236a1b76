/** `sideline doctor`: everything that must be right before a match, each with a verdict and a remedy. Changes nothing. */
import { examine } from '../doctor/checks.ts';
import { readConfiguration } from '../doctor/configuration-files.ts';
import { thisMachine } from '../doctor/machine.ts';
import { serviceEnvironment } from '../doctor/service-environment.ts';
import { SystemClock } from '../system/clock.ts';
import { DEFAULT_ADAPTERS } from './adapter-option.ts';
import { attendance } from './attendance.ts';
import { bundle } from './doctor-bundle.ts';
import { askGateway } from './doctor-gateway.ts';
import type { DoctorOptions } from './doctor-options.ts';
import { doctorText } from './doctor-text.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complainOfFailure, print } from './output.ts';
import { nodeRange, version } from './version.ts';

export async function doctor(options: DoctorOptions): Promise<ExitCode> {
  if (options.athletes === true) return await attendance(options);
  const { config, json, bundle: path, yes = false } = options;
  const env = serviceEnvironment(config, process.env);
  const clock = new SystemClock();
  const configuration = config === undefined ? undefined : readConfiguration(config, env, clock.wallMs());
  const settings = configuration?.settings;
  const adapters = options.adapter ?? settings?.radio.adapters ?? DEFAULT_ADAPTERS;
  try {
    const machine = thisMachine({
      adapters,
      configuration,
      store: settings === undefined ? undefined : { path: settings.store.path, maxBytes: settings.store.maxBytes },
      clockTrust: settings?.clock.trust,
      package: { version: version(), nodeRange: nodeRange() },
      env,
      clock,
      askGateway: () => askGateway(config, env),
    });
    const findings = await examine(machine);
    const ok = findings.every(({ verdict }) => verdict !== 'failed');
    if (json === true) print(JSON.stringify({ ok, findings }));
    else for (const line of doctorText(findings, process.stdout.columns)) print(line);
    if (path === undefined) return ok ? EXIT.done : EXIT.failed;
    const gateway = await machine.askGatewayNow();
    return await bundle({ path, yes, sources: { findings, configuration, gateway, env } });
  } catch (error) {
    return complainOfFailure(error);
  }
}
