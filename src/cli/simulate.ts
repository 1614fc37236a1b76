/** `sideline simulate`: the daemon, with simulated hearts and straps at one end and a broker at the other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalLine } from '../../device/radio/local-line.ts';
import { nobleOver } from '../../device/radio/noble.ts';
import { SimulatedClock } from '../../simulator/clock.ts';
import { createWorld } from '../../simulator/world.ts';
import { assemble, type DaemonParts } from '../daemon.ts';
import type { TeamVersion } from '../domain/athlete.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Clock, Telemetry } from '../ports.ts';
import { SystemClock } from '../system/clock.ts';
import { Log } from '../telemetry/log.ts';
import { RecentLines, StandardError } from '../telemetry/sinks.ts';
import { AthletesFile } from './athletes-file.ts';
import type { ExitCode } from './exit-code.ts';
import { lastWords } from './last-words.ts';
import { live } from './lifetime.ts';
import { metricsEndpoint } from './metrics/endpoint.ts';
import { complain, complainOf, complainOfFailure } from './output.ts';
import { type Cast, castOf } from './simulate-cast.ts';
import type { SimulateOptions } from './simulate-options.ts';
import { type FarEnd, screenOf } from './simulate-screen.ts';
import { socketsOf } from './sockets.ts';

const GATEWAY = 'simulator';
const SIMULATED = 'simulated';
const LINKS_MAX = 1_000;
const STORE_MAX_BYTES = 2_000_000_000;

/** For finding the straps and linking to them before a recording begins. */
const LEAD_IN_MS = 10_000;

/** A run that ends by itself delivers everything first; this bounds the wait for a broker that does not answer. */
const DRAIN_MS = 60_000;

const STATUS_EVERY_MS = 10_000;
const REDRAW_EVERY_MS = 250;
const LOG_LINES = 200;
/** What is left to read when the screen has gone. */
const LAST_LINES = 5;

export async function simulate(options: SimulateOptions): Promise<ExitCode> {
  // As of the daemon, whatever this process makes is for its own user only: a store that is kept may hold a recording.
  process.umask(0o077);
  try {
    const cast = await castOf(options);
    return cast.ok ? await withBroker(options, cast.value) : complainOf(cast.problems);
  } catch (error) {
    return complainOfFailure(error);
  }
}

/** Unless a broker was named, there is one in the process, which the screen can cut off. */
async function withBroker(options: SimulateOptions, cast: Cast): Promise<ExitCode> {
  // MQTT 3.1.1 is all that the embedded one speaks.
  if (options.uplink !== undefined) return await withStore(options, cast, { url: options.uplink, protocol: 5 });
  const { EmbeddedBroker } = await import('../../simulator/broker.ts');
  const broker = new EmbeddedBroker();
  await broker.start();
  try {
    return await withStore(options, cast, { url: broker.url, protocol: 4, broker });
  } finally {
    await broker.stop();
  }
}

async function withStore(options: SimulateOptions, cast: Cast, far: FarEnd): Promise<ExitCode> {
  if (options.store !== undefined) return await play(options, cast, far, options.store);
  const folder = mkdtempSync(join(tmpdir(), 'sideline-'));
  try {
    return await play(options, cast, far, join(folder, 'outbox.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function play(options: SimulateOptions, cast: Cast, far: FarEnd, store: string): Promise<ExitCode> {
  const { seed, speed } = options;
  const settings = settingsOf(options, far, store);
  const realClock = new SystemClock();
  const recordedStartMs = cast.recordingStartMs === undefined ? undefined : cast.recordingStartMs - LEAD_IN_MS;
  const startWallMs = options.start ?? recordedStartMs ?? realClock.wallMs();
  const clock = new SimulatedClock({ startWallMs });
  const world = createWorld({ seed, clock, athletes: cast.athletes, faults: cast.faults });
  const random = world.random.stream('gateway');
  const draw = () => random.uniform();
  const lines = process.stdout.isTTY && process.stdin.isTTY ? await RecentLines.create(LOG_LINES) : undefined;
  const stderr = await StandardError.create();
  const telemetry = new Log(lines ?? stderr);
  const gateway = await assemble({
    settings,
    team: cast.team,
    athletesVersion: cast.athletesVersion,
    clock,
    realClock,
    whileStoring: (storing) => clock.hold(storing),
    lines: [new LocalLine({ adapter: SIMULATED, createNoble: () => nobleOver(world.bindings), clock, random: draw })],
    random: draw,
    telemetry,
    env: process.env,
  });

  const end = new AbortController();
  const recordedMs = cast.recordingEndMs === undefined ? undefined : cast.recordingEndMs - startWallMs;
  const durationMs = options.duration ?? recordedMs;
  if (durationMs !== undefined) clock.at(durationMs, () => end.abort('the simulation is over'));

  const title = `sideline simulator   seed ${seed}   ${speed}× life`;
  const screen = lines === undefined ? undefined : screenOf({ title, gateway, clock, realClock, far, lines, end });
  // Time goes on until the gateway has stopped: the radio takes leave of the straps in it.
  const pacerEnd = new AbortController();
  const pacer = clock.run({ speed, signal: pacerEnd.signal });
  try {
    screen?.open(REDRAW_EVERY_MS);
    const statusEveryMs = screen === undefined ? STATUS_EVERY_MS : 0;
    const athletesFile = athletesFileOf(options, cast, { telemetry, clock: realClock, gateway });
    const hangUp = 'stop' as const;
    const lifetime = { telemetry, end: end.signal, drainMs: DRAIN_MS, statusEveryMs, athletesFile, hangUp };
    const parts = {
      gateway,
      name: GATEWAY,
      store: settings.store,
      clock,
      realClock,
      telemetry,
      athletesFile,
      env: process.env,
    };
    const metrics = options.metrics === undefined ? [] : [metricsEndpoint(options.metrics, parts)];
    // Nobody knows of a temporary store.
    const ofStore = options.store === undefined ? [] : socketsOf(parts);
    return await live(gateway, { ...lifetime, sockets: [...ofStore, ...metrics] });
  } finally {
    pacerEnd.abort();
    await pacer;
    screen?.close();
    for (const line of lines?.lines.slice(-LAST_LINES) ?? []) complain(line);
    await lastWords(stderr);
  }
}

/** Its straps are those of the beginning: who comes into the file later has none, and a strap that is changed is not there. */
function athletesFileOf(
  { athletes: path }: SimulateOptions,
  { team, athletesVersion: version }: Cast,
  { gateway, ...parts }: { telemetry: Telemetry; clock: Clock; gateway: Gateway },
): AthletesFile | undefined {
  if (path === undefined || version === undefined) return undefined;
  const reload = (change: TeamVersion) => gateway.reload(change);
  return new AthletesFile({ ...parts, path, inForce: { team, version }, reload });
}

function settingsOf(options: SimulateOptions, { url, protocol }: FarEnd, path: string): DaemonParts['settings'] {
  return {
    gateway: GATEWAY,
    store: { path, maxBytes: STORE_MAX_BYTES },
    // One simulated adapter holds the whole team.
    radio: { adapters: [SIMULATED], linksPerAdapter: LINKS_MAX },
    uplink: { kind: 'mqtt', url, protocol, topicPrefix: 'iot/heartrate', compression: 'none' },
    responses: [],
    clock: { trust: 'always', waitMs: 0 },
    privacy: { sendNotes: false },
    limits: { ingestQueue: options.queue, groupCommitMs: 1_000, inFlight: 8 },
  };
}
