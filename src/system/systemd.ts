/**
 * Tells systemd how the service is, through the `systemd-notify` program. Outside a unit of `Type=notify`
 * there is no one to tell and nothing happens. Telling is never worth a failure: what goes wrong is logged.
 *
 * Invariants: what is told arrives in the order in which it was said, so one program runs at a time; of each kind one at
 * most waits for it. A program costs a process, so a status is told when it has changed, and seldom.
 */
import { execFile } from 'node:child_process';
import notify from 'systemd-notify';
import { messageOf } from '../domain/errors.ts';
import type { Clock, Supervisor, Telemetry } from '../ports.ts';
import { Watchdog } from './watchdog.ts';

/** The backlog changes all the time, and who looks at a status looks for longer. */
const STATUS_EVERY_MS = 5_000;

/** The program waits for systemd itself, five seconds at most. */
const TELL_AT_MOST_MS = 10_000;

export interface SystemdOptions {
  /** Real time. */
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly env: NodeJS.ProcessEnv;
}

export class Systemd implements Supervisor {
  readonly #options: SystemdOptions;
  readonly #isListening: boolean;
  readonly #watchdog: Watchdog;
  /** By kind, in the order in which they are to be told. */
  readonly #waiting = new Map<string, () => Promise<unknown>>();
  #isTelling = false;
  /** So that a program that is not there is missed once. */
  #isFailing = false;
  #status: { readonly text: string; readonly toldMs: number } | undefined;

  constructor(options: SystemdOptions) {
    this.#options = options;
    this.#isListening = options.env['NOTIFY_SOCKET'] !== undefined;
    this.#watchdog = new Watchdog(options.env, () => this.#tell('watchdog', () => variables('WATCHDOG=1')));
  }

  ready(): void {
    this.#tell('ready', () => notify({ ready: true }));
  }

  status(textOf: () => string): void {
    if (!this.#isListening) return;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#status !== undefined && nowMs - this.#status.toldMs < STATUS_EVERY_MS) return;
    const text = textOf();
    const isNew = text !== this.#status?.text;
    this.#status = { text, toldMs: nowMs };
    if (isNew) this.#tell('status', () => notify({ status: text }));
  }

  progress(): void {
    this.#watchdog.progress(this.#options.clock.monotonicMs());
  }

  /** With the time, by which systemd 253 and later know which reload is meant. */
  reloading(): void {
    const microseconds = process.hrtime.bigint() / 1000n;
    this.#tell('reloading', () => variables('RELOADING=1', `MONOTONIC_USEC=${microseconds}`));
  }

  stopping(): void {
    this.#tell('stopping', () => variables('STOPPING=1'));
  }

  #tell(kind: string, send: () => Promise<unknown>): void {
    if (!this.#isListening) return;
    // What is said again is said last.
    this.#waiting.delete(kind);
    this.#waiting.set(kind, send);
    if (!this.#isTelling) void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    this.#isTelling = true;
    for (const [kind, send] of this.#waiting) {
      this.#waiting.delete(kind);
      try {
        await Promise.race([send(), overdue()]);
        this.#isFailing = false;
      } catch (error) {
        if (!this.#isFailing) this.#options.telemetry.emit({ event: 'supervisor.failed', reason: messageOf(error) });
        this.#isFailing = true;
      }
    }
    this.#isTelling = false;
  }
}

/** The package knows ready and status only; the program that it runs takes any variable. */
function variables(...assignments: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('systemd-notify', assignments, { timeout: TELL_AT_MOST_MS, killSignal: 'SIGKILL' }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function overdue(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('systemd-notify does not end')), TELL_AT_MOST_MS).unref();
  });
}
