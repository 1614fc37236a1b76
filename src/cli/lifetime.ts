/** The life of a gateway as a process: started, stopped by a signal, ended by a fault. */
import { messageOf } from '../domain/errors.ts';
import { type Gateway, total } from '../gateway/gateway.ts';
import type { Telemetry } from '../ports.ts';
import type { AthletesFile } from './athletes-file.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complainOfFailure } from './output.ts';

export interface Lifetime {
  readonly telemetry: Telemetry;
  /** Aborts when somebody other than a signal wants the gateway to stop; its reason is the reason. */
  readonly end?: AbortSignal;
  /** How long a stop by `end` may go on delivering, ms. */
  readonly drainMs?: number;
  /** How often the log says how things are, ms; 0 for never. */
  readonly statusEveryMs: number;
  /** Where the gateway can be reached while it runs; none where nobody could know of it. */
  readonly sockets?: readonly Reachable[];
  /** Where the team comes from; absent where from no file. */
  readonly athletesFile?: AthletesFile | undefined;
  /** What SIGHUP is for: a service is to look at its file, and what runs in a terminal goes with it. */
  readonly hangUp: 'reload' | 'stop';
}

/** Neither ever rejects, nor takes long. */
interface Reachable {
  open(): Promise<void>;
  close(): Promise<void>;
}

/** A stop that takes longer than this is ended by force; what is committed is safe. */
const STOP_AT_MOST_MS = 4_800;

/** For the line that says so. */
const LAST_LINE_MS = 100;

/** Starts the gateway and returns when it has stopped. */
export async function live(gateway: Gateway, lifetime: Lifetime): Promise<ExitCode> {
  const { telemetry, end, drainMs, statusEveryMs, sockets = [], athletesFile, hangUp } = lifetime;
  const hurry = new AbortController();
  const watchEnd = new AbortController();
  const signals = hangUp === 'stop' ? (['SIGTERM', 'SIGINT', 'SIGHUP'] as const) : (['SIGTERM', 'SIGINT'] as const);
  const stopped = stopRequest(signals, end, () => {
    hurry.abort();
    forceAfter(STOP_AT_MOST_MS, telemetry);
  });
  if (hangUp === 'reload') process.on('SIGHUP', () => void lookAgain(gateway, athletesFile));
  try {
    await gateway.start();
  } catch (error) {
    await gateway.stop('it could not start');
    return complainOfFailure(error);
  }
  const status = statusEveryMs === 0 ? undefined : setInterval(() => report(gateway, telemetry), statusEveryMs);
  try {
    const watching = athletesFile === undefined ? [] : [untilFailure(athletesFile.run(watchEnd.signal))];
    const ending = Promise.race([stopped, gateway.failure(), ...watching]);
    const [{ reason, bySignal }] = await Promise.all([ending, ...sockets.map((socket) => socket.open())]);
    watchEnd.abort();
    // From when the store is given up, its path may be another gateway's.
    await closed(sockets);
    await gateway.stop(reason, bySignal ? undefined : drainMs, bySignal ? undefined : hurry.signal);
    return EXIT.done;
  } catch (error) {
    telemetry.emit({
      event: 'gateway.failed',
      reason: messageOf(error),
      stack: error instanceof Error ? error.stack : '',
    });
    return EXIT.failed;
  } finally {
    clearInterval(status);
    watchEnd.abort();
    await closed(sockets);
  }
}

/** Somebody asks, as `systemctl reload` does, and is told when that is done. */
async function lookAgain(gateway: Gateway, athletesFile: AthletesFile | undefined): Promise<void> {
  if (athletesFile !== undefined) await gateway.reloading(() => athletesFile.look({ isAsked: true }));
}

async function closed(sockets: readonly Reachable[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close()));
}

/** Rejects with it; that something has ended as it was to is no end of the gateway. */
async function untilFailure(work: Promise<void>): Promise<never> {
  await work;
  return new Promise(() => {});
}

interface StopRequest {
  readonly reason: string;
  readonly bySignal: boolean;
}

/** @param onSignal called with the first signal, also when the gateway is stopping for another reason already */
function stopRequest(
  signals: readonly NodeJS.Signals[],
  end: AbortSignal | undefined,
  onSignal: () => void,
): Promise<StopRequest> {
  let isSignalled = false;
  return new Promise((resolve) => {
    for (const name of signals) {
      process.on(name, () => {
        if (!isSignalled) onSignal();
        isSignalled = true;
        resolve({ reason: name, bySignal: true });
      });
    }
    end?.addEventListener('abort', () => resolve({ reason: String(end.reason), bySignal: false }), { once: true });
  });
}

function forceAfter(durationMs: number, telemetry: Telemetry): void {
  const force = () => {
    telemetry.emit({ event: 'gateway.stop-overdue', part: 'the gateway' });
    // An ordinary exit waits for Node's own threads, one of which may be what hangs.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_LINE_MS);
  };
  setTimeout(force, durationMs).unref();
}

function report(gateway: Gateway, telemetry: Telemetry): void {
  const { athletes, uplinks } = gateway.status();
  const [primary, mirror] = uplinks.map(({ backlog, connected }) => ({
    backlog: total(backlog),
    uplink: connected ? 'connected' : 'down',
  }));
  if (primary === undefined) throw new Error('a gateway has an uplink');
  telemetry.emit({
    event: 'gateway.status',
    athletes: athletes.length,
    live: athletes.filter(({ signal }) => signal === 'live').length,
    openAlerts: athletes.reduce((sum, { openAlerts }) => sum + openAlerts.length, 0),
    ...primary,
    ...(mirror === undefined ? {} : { mirror }),
  });
}
