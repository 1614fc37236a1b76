/** `sideline doctor --athletes`: waits for the strap of every athlete, and says who is missing. */

import { loadConfiguration } from '../config/load.ts';
import { serviceEnvironment } from '../doctor/service-environment.ts';
import type { Clock } from '../ports.ts';
import { SystemClock } from '../system/clock.ts';
import { DEFAULT_ADAPTERS } from './adapter-option.ts';
import { type Attendee, areAllThere } from './attendance-list.ts';
import { type AthletesOnDisk, type AttendanceSource, Listening, RunningGateway } from './attendance-source.ts';
import { attendanceJson, attendeeLine, drawAttendance, type Names, summary } from './attendance-text.ts';
import { installedConfig } from './config-option.ts';
import { askGateway } from './doctor-gateway.ts';
import type { DoctorOptions } from './doctor-options.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, complainOf, complainOfFailure, print } from './output.ts';
import { CTRL_C, Screen } from './screen.ts';

const DURATION_MS = 120_000;

/** For a worker to start on a busy Pi and to switch on the adapter, each with a limit of its own. */
const START_UP_MS = 30_000;

const LOOK_EVERY_MS = 500;

type Output = 'screen' | 'lines' | 'json';

export async function attendance(options: DoctorOptions): Promise<ExitCode> {
  const { config, json } = options;
  if (config === undefined) {
    complain(`sideline: --athletes needs --config FILE, since there is no ${installedConfig()}`);
    return EXIT.usage;
  }
  const variables = serviceEnvironment(config, process.env);
  const clock = new SystemClock();
  const loaded = loadConfiguration(config, variables);
  const running = await askGateway(config, variables);
  // Where it is not known, the files say why, or nobody can say more.
  if (running.state === 'unknown' && !loaded.ok) return complainOf(loaded.problems);
  if (running.state === 'silent' || running.state === 'unknown') {
    complain(`sideline: ${running.reason}${running.remedy === undefined ? '' : `; ${running.remedy}`}`);
    return EXIT.failed;
  }
  // What is wrong with the files is no matter to a gateway that runs by what they were.
  const isRunning = running.state === 'answered';
  if (!isRunning && !loaded.ok) return complainOf(loaded.problems);
  const team = loaded.ok ? loaded.value.team : [];
  const adapters = options.adapter ?? (loaded.ok ? loaded.value.settings.radio.adapters : DEFAULT_ADAPTERS);
  const source = isRunning
    ? new RunningGateway(
        () => askGateway(config, variables),
        () => athletesOnDisk(config, loadConfiguration(config, variables)),
      )
    : new Listening({ adapters, team, clock, env: process.env });
  const isTerminal = process.stdout.isTTY && process.stdin.isTTY;
  const output: Output = json === true ? 'json' : isTerminal ? 'screen' : 'lines';
  const names: Names = new Map(team.flatMap(({ id, name }) => (name === undefined ? [] : [[id, name] as const])));
  process.umask(0o077);
  const roll = new Roll({ source, clock, output, names, durationMs: options.for ?? DURATION_MS });
  try {
    return await roll.call();
  } catch (error) {
    return complainOfFailure(error);
  }
}

/** The two files are read together; what is wrong with the gateway's own is no matter to one that runs. */
function athletesOnDisk(config: string, loaded: ReturnType<typeof loadConfiguration>): AthletesOnDisk {
  if (loaded.ok) return { state: 'read', ids: loaded.value.team.map(({ id }) => id) };
  return { state: loaded.problems.some(({ file }) => file !== config) ? 'bad' : 'unknown' };
}

interface RollParts {
  readonly source: AttendanceSource;
  readonly clock: Clock;
  readonly output: Output;
  readonly names: Names;
  readonly durationMs: number;
}

class Roll {
  readonly #parts: RollParts;
  readonly #over = new AbortController();
  readonly #said = new Map<string, string>();
  #attendees: readonly Attendee[] = [];
  #endMs: number | undefined;

  constructor(parts: RollParts) {
    this.#parts = parts;
  }

  async call(): Promise<ExitCode> {
    const { source, output } = this.#parts;
    const stop = () => this.#over.abort();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
    source.hopeless.addEventListener('abort', stop, { once: true });
    const screen = output === 'screen' ? this.#screen(stop) : undefined;
    try {
      screen?.open(LOOK_EVERY_MS);
      await source.start();
      await this.#untilAllAreThere();
    } finally {
      screen?.close();
      await source.stop();
    }
    return this.#report();
  }

  async #untilAllAreThere(): Promise<void> {
    const { source, clock, durationMs, output } = this.#parts;
    const startMs = clock.monotonicMs();
    const { signal } = this.#over;
    while (!signal.aborted) {
      this.#attendees = await source.look();
      if (output === 'lines') this.#sayChanges();
      if (areAllThere(this.#attendees)) return;
      const nowMs = clock.monotonicMs();
      if (source.ready.aborted) this.#endMs ??= nowMs + durationMs;
      if (nowMs >= (this.#endMs ?? startMs + START_UP_MS)) return;
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  /** How strong it is changes all the time, and is no news. */
  #sayChanges(): void {
    for (const attendee of this.#attendees) {
      const { athlete, there, notes } = attendee;
      const what = `${there} ${notes.map((note) => note.replace(/-?\d+/g, '')).join()}`;
      if (this.#said.get(athlete) === what) continue;
      this.#said.set(athlete, what);
      print(attendeeLine(attendee));
    }
  }

  #report(): ExitCode {
    const { source, output, names } = this.#parts;
    const isTerminal = output === 'screen';
    const { flaw } = source;
    if (output === 'json') print(attendanceJson(this.#attendees, source.name, flaw));
    else {
      // What the screen has shown is gone with it.
      if (isTerminal) for (const each of this.#attendees) print(attendeeLine(each, names));
      print(summary(this.#attendees, isTerminal ? names : new Map(), flaw));
    }
    for (const complaint of source.complaints()) complain(complaint);
    if (flaw !== undefined) complain(`sideline: ${flaw}`);
    return areAllThere(this.#attendees) && flaw === undefined ? EXIT.done : EXIT.failed;
  }

  #screen(stop: () => void): Screen {
    const { source, clock, names } = this.#parts;
    const told = source.name === 'gateway' ? 'the running gateway' : 'listening';
    return new Screen({
      input: process.stdin,
      output: process.stdout,
      draw: (columns, rows) => {
        const leftMs = this.#endMs === undefined ? undefined : this.#endMs - clock.monotonicMs();
        const { flaw } = source;
        return drawAttendance({ attendees: this.#attendees, names, leftMs, source: told, flaw }, columns, rows);
      },
      onKey: (key) => {
        if (key === 'q' || key === CTRL_C) stop();
      },
    });
  }
}
