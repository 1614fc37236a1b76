/** `sideline doctor`: everything that must be right before a match, each with a verdict and a remedy. Changes nothing. */
import { examine } from '../doctor/checks.ts';
import { readConfiguration } from '../doctor/configuration-files.ts';
import { thisMachine } from '../doctor/machine.ts';
import { serviceEnvironment } from '../doctor/service-environment.ts';
import { tellableConfiguration } from '../doctor/tellable-configuration.ts';
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
  const { env } = process;
  // Whoever may write the file `environment` is not to say what the programs do that root has asked here.
  const variables = serviceEnvironment(config, env);
  const clock = new SystemClock();
  const configuration = config === undefined ? undefined : readConfiguration(config, variables, clock.wallMs());
  const settings = configuration?.settings;
  const isForEyes = process.stdout.isTTY === true && json !== true;
  const adapters = options.adapter ?? settings?.radio.adapters ?? DEFAULT_ADAPTERS;
  try {
    const machine = thisMachine({
      adapters,
      configuration: isForEyes || configuration === undefined ? configuration : tellableConfiguration(configuration),
      store: settings === undefined ? undefined : { path: settings.store.path, maxBytes: settings.store.maxBytes },
      clockTrust: settings?.clock.trust,
      package: { version: version(), nodeRange: nodeRange() },
      env,
      clock,
      askGateway: () => askGateway(config, variables),
    });
    const findings = await examine(machine);
    const ok = findings.every(({ verdict }) => verdict !== 'failed');
    if (json === true) print(JSON.stringify({ ok, findings }));
    else for (const line of doctorText(findings, process.stdout.columns)) print(line);
    if (path === undefined) return ok ? EXIT.done : EXIT.failed;
    const gateway = await machine.askGatewayNow();
    return await bundle({ path, yes, sources: { findings, configuration, gateway, env, variables } });
  } catch (error) {
    return complainOfFailure(error);
  }
}
