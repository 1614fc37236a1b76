/**
 * systemd's watchdog (sd_notify(3), WATCHDOG=1): whoever is watched says now and then that it goes on, and is killed
 * and started again when it does not. It is fed by work that has been done, never by a timer of its own.
 */
import { spawn } from 'node:child_process';

export class Watchdog {
  readonly #everyMs: number;
  readonly #feed: () => void;
  #fedMs = Number.NEGATIVE_INFINITY;

  /**
   * Outside a unit with a watchdog nothing is fed, nor in a process that was started by the one that is watched: its
   * work says nothing of that one's.
   *
   * @param feed tells systemd; what goes wrong with it starves the watchdog, which says so
   */
  constructor(env: NodeJS.ProcessEnv, feed: () => void = feedBy(env)) {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: period, WATCHDOG_PID: pid = `${process.pid}` } = env;
    const periodMs = Number(period) / 1000;
    const isWatched = socket !== undefined && periodMs > 0 && pid === `${process.pid}`;
    this.#everyMs = isWatched ? periodMs / 3 : Number.POSITIVE_INFINITY;
    this.#feed = feed;
  }

  /** Something has been done at this monotonic time, ms. May be called as often as that is so. */
  progress(monotonicMs: number): void {
    if (this.#everyMs === Number.POSITIVE_INFINITY || monotonicMs - this.#fedMs < this.#everyMs) return;
    this.#fedMs = monotonicMs;
    this.#feed();
  }
}

function feedBy(env: NodeJS.ProcessEnv): () => void {
  return () => void spawn('systemd-notify', ['WATCHDOG=1'], { env, stdio: 'ignore' }).once('error', () => {});
}
