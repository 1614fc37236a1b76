/** `sideline scan`: which straps are in range, how well they are heard, and whose they are. */
import { loadConfiguration } from '../config/load.ts';
import { serviceEnvironment } from '../doctor/service-environment.ts';
import type { Clock } from '../ports.ts';
import { SystemClock } from '../system/clock.ts';
import { DEFAULT_ADAPTERS } from './adapter-option.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, complainOf, complainOfFailure, print } from './output.ts';
import type { ScanOptions } from './scan-options.ts';
import { drawScan } from './scan-table.ts';
import { complaintOf, notes, scanJson, strapLine } from './scan-text.ts';
import { Scanning } from './scanning.ts';
import { CTRL_C, Screen } from './screen.ts';

/** A strap advertises every half second or so, and not every advertisement is heard. */
const DURATION_MS = 10_000;

/** For a worker to start on a busy Pi and to switch on the adapter, each with a limit of its own. */
const START_UP_MS = 30_000;

const REDRAW_EVERY_MS = 500;

/** A stranger leaves the live list when it was not heard for that long. */
const GONE_MS = 60_000;

export async function scan(options: ScanOptions): Promise<ExitCode> {
  const { config } = options;
  // What the service has in its environment is no mistake in its file, and nothing for the radio's process.
  const variables = serviceEnvironment(config, process.env);
  const loaded = config === undefined ? undefined : loadConfiguration(config, variables);
  if (loaded?.ok === false) return complainOf(loaded.problems);
  const { settings, team } = loaded?.value ?? { settings: undefined, team: [] };
  const clock = new SystemClock();
  const isLive = process.stdout.isTTY && process.stdin.isTTY && options.json !== true;
  const end = endOf({ durationMs: options.duration ?? (isLive ? undefined : DURATION_MS), clock });
  const scanning = new Scanning({
    adapters: options.adapter ?? settings?.radio.adapters ?? DEFAULT_ADAPTERS,
    team,
    clock,
    env: process.env,
    onReady: end.ready,
    onHopeless: end.now,
  });
  const screen = isLive ? liveScreen(scanning, { clock, hasTeam: team.length > 0, stop: end.now }) : undefined;
  process.umask(0o077);
  try {
    screen?.open(REDRAW_EVERY_MS);
    await scanning.start();
    await end.come;
  } catch (error) {
    screen?.close();
    return complainOfFailure(error);
  } finally {
    end.now();
    screen?.close();
    await scanning.stop();
  }
  return report(scanning, clock, options);
}

interface End {
  readonly come: Promise<void>;
  /** The time begins to run. */
  readonly ready: () => void;
  readonly now: () => void;
}

/** By a key, a signal, or after its time, which begins when somebody listens. */
function endOf({ durationMs, clock }: { durationMs: number | undefined; clock: Clock }): End {
  const over = new AbortController();
  const started = new AbortController();
  const come = new Promise<void>((resolve) => over.signal.addEventListener('abort', () => resolve(), { once: true }));
  const now = () => over.abort();
  const after = (ms: number | undefined, signal: AbortSignal) => {
    if (ms !== undefined) void clock.sleep(ms, signal).then(() => signal.aborted || now());
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, now);
  if (durationMs !== undefined) after(START_UP_MS, AbortSignal.any([over.signal, started.signal]));
  const ready = () => {
    started.abort();
    after(durationMs, over.signal);
  };
  return { come, ready, now };
}

function liveScreen(
  scanning: Scanning,
  { clock, hasTeam, stop }: { clock: Clock; hasTeam: boolean; stop: () => void },
) {
  const { list } = scanning;
  return new Screen({
    input: process.stdin,
    output: process.stdout,
    draw: (columns, rows) => {
      const nowMs = clock.monotonicMs();
      list.forget(nowMs, GONE_MS);
      const { states: adapters } = scanning;
      return drawScan({ adapters, straps: list.straps, notes: notes(list, nowMs), nowMs, hasTeam }, columns, rows);
    },
    onKey: (key) => {
      if (key === 'q' || key === CTRL_C) stop();
    },
  });
}

/** What the screen has shown is gone with it, and its lines are wanted for copying. */
function report({ list, states }: Scanning, clock: Clock, { json }: ScanOptions): ExitCode {
  const nowMs = clock.monotonicMs();
  const severalAdapters = states.length > 1;
  const useless = states.filter(({ state }) => state !== 'ready');
  if (json === true) print(scanJson(list, states));
  else for (const strap of list.straps) print(strapLine(strap, { nowMs, severalAdapters }));
  for (const state of useless) complain(complaintOf(state));
  // Of an air that nobody listened to there is nothing to be said.
  if (json !== true && useless.length < states.length) {
    for (const note of notes(list, nowMs)) complain(`sideline: ${note}`);
  }
  return useless.length === 0 ? EXIT.done : EXIT.failed;
}
