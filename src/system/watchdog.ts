/**
 * systemd's watchdog (sd_notify(3), WATCHDOG=1): whoever is watched says now and then that it goes on, and is killed
 * and started again when it does not. It is fed by work that has been done, never by a timer of its own.
 */
import { spawn } from 'node:child_process';

export class Watchdog {
  readonly #everyMs: number;
  #fedMs = Number.NEGATIVE_INFINITY;

  /** Outside a unit with a watchdog nothing is fed. */
  constructor(env: NodeJS.ProcessEnv) {
    const periodMs = Number(env['WATCHDOG_USEC']) / 1000;
    this.#everyMs = env['NOTIFY_SOCKET'] !== undefined && periodMs > 0 ? periodMs / 3 : Number.POSITIVE_INFINITY;
  }

  /** Something has been done at this monotonic time, ms. May be called as often as that is so. */
  progress(monotonicMs: number): void {
    if (monotonicMs - this.#fedMs < this.#everyMs || this.#everyMs === Number.POSITIVE_INFINITY) return;
    this.#fedMs = monotonicMs;
    // What goes wrong starves the watchdog, which says so.
    spawn('systemd-notify', ['WATCHDOG=1'], { stdio: 'ignore' }).once('error', () => {});
  }
}
