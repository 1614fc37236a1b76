/** `sideline run`: the daemon. */
import { loadConfiguration } from '../config/load.ts';
import { type Problem, textOf } from '../config/problem.ts';
import { assemble } from '../daemon.ts';
import { workerLines } from '../radio-lines.ts';
import { SystemClock } from '../system/clock.ts';
import { SystemTimeAuthority } from '../system/time-authority.ts';
import { EventLimit } from '../telemetry/event-limit.ts';
import { Log } from '../telemetry/log.ts';
import { StandardError } from '../telemetry/sinks.ts';
import { AthletesFile } from './athletes-file.ts';
import { complainForLog, isStderrJournal } from './complaint.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { lastWords } from './last-words.ts';
import { live } from './lifetime.ts';
import { metricsEndpoint } from './metrics/endpoint.ts';
import { complainOf, complainOfFailure } from './output.ts';
import { socketsOf } from './sockets.ts';

const STATUS_EVERY_MS = 60_000;

export async function run(options: { config: string }): Promise<ExitCode> {
  // What runs in a terminal ends with it.
  const hangUp = process.stderr.isTTY ? 'stop' : 'reload';
  // From the very beginning, since a signal that nobody takes ends the process: a gateway that starts reads its file anyhow.
  if (hangUp === 'reload') process.on('SIGHUP', () => {});
  const loaded = loadConfiguration(options.config, process.env);
  if (!loaded.ok) return refusal(loaded.problems, options.config);
  const { settings, team, athletesVersion, unready } = loaded.value;
  // The store holds health data: whatever this process makes is for its own user only.
  process.umask(0o077);
  const stderr = await StandardError.create();
  const clock = new SystemClock();
  const telemetry = new Log(stderr, new EventLimit(clock));
  for (const { response, problem } of unready) {
    telemetry.emit({ event: 'response.unready', response, reason: textOf(problem) });
  }
  try {
    const lines = workerLines(settings, { clock, random: Math.random, env: process.env });
    const parts = { settings, team, athletesVersion, clock, realClock: clock, lines, random: Math.random, telemetry };
    const gateway = await assemble({ ...parts, timeAuthority: new SystemTimeAuthority(), env: process.env });
    const athletesFile = new AthletesFile({
      path: settings.athletesFile,
      inForce: { team, version: athletesVersion },
      responses: settings.responses.map(({ choice }) => choice.name),
      clock,
      telemetry,
      reload: (change) => gateway.reload(change),
    });
    const { gateway: name, store } = settings;
    const metrics =
      settings.metrics === undefined ? [] : [metricsEndpoint(settings.metrics, { ...parts, gateway, store })];
    const sockets = [...socketsOf({ ...parts, gateway, name, store, athletesFile, env: process.env }), ...metrics];
    const lifetime = { telemetry, statusEveryMs: STATUS_EVERY_MS, sockets, athletesFile };
    return await live(gateway, { ...lifetime, hangUp });
  } catch (error) {
    return complainOfFailure(error);
  } finally {
    telemetry.end();
    await lastWords(stderr);
  }
}

/**
 * The service is started again on one code and not on the other: a disk that is mounted late comes by itself, and a mistake in
 * a file does not.
 */
function refusal(problems: readonly Problem[], config: string): ExitCode {
  if (process.stderr.isTTY && !isStderrJournal(process.env)) complainOf(problems);
  else complainForLog(problems, config);
  return problems.every(({ mayPass }) => mayPass === true) ? EXIT.failed : EXIT.configuration;
}
