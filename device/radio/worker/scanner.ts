/**
 * Keeps a scan going, and stops it before anything connects.
 *
 * noble answers a scan command by an event, or not at all, so that commands have a limit and are repeated. A scan may
 * end without our doing, when bluetoothd stops it or the controller is reset, with an event or without, so that it is
 * watched and never trusted for long.
 */
import type { Clock } from '../../../src/ports.ts';
import type { Noble, Peripheral } from '../noble.ts';
import type { WorkerTiming } from './timing.ts';
import { type Bell, occurrence, within } from './waiting.ts';

/** An adapter that leaves that many scan commands unanswered in a row is lost. */
const TRIES = 3;

export interface ScannerParts {
  readonly noble: Noble;
  readonly clock: Clock;
  readonly timing: WorkerTiming;
  /** Rung by others when it may be worth looking again whether to go on. */
  readonly bell: Bell;
  readonly onHeard: (peripheral: Peripheral) => void;
}

export class Scanner {
  readonly #parts: ScannerParts;
  /** As far as noble has said. */
  #scanning = false;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
  }

  get scanning(): boolean {
    return this.#scanning;
  }

  /**
   * Scans until `isNeeded` says no or the signal aborts; the scan has stopped when it resolves.
   *
   * @throws WaitFailed when the adapter does not answer, and when the signal aborts
   */
  async scan(isNeeded: () => boolean, signal: AbortSignal): Promise<void> {
    const { noble, clock, timing, onHeard } = this.#parts;
    noble.on('discover', onHeard);
    try {
      do {
        this.#scanning = true;
        // noble's start stops first what may be on. A stop of our own would do harm where the scan has ended
        // already: a controller may refuse it, and noble answers to a refusal with silence. No service is filtered
        // for: a strap may tell its services only when it is asked, or not at all.
        await this.#command('scanStart', () => noble.startScanning([], true), signal);
        await this.#listen(isNeeded, signal);
        if (!this.#scanning && isNeeded()) await clock.sleep(timing.scanPauseMs, signal);
      } while (!signal.aborted && isNeeded());
      if (this.#scanning) await this.#command('scanStop', () => noble.stopScanning(), signal);
      this.#scanning = false;
    } finally {
      noble.off('discover', onHeard);
    }
  }

  /** Sends the command to stop a scan that was given up, without waiting for the answer. Never throws. */
  abort(): void {
    if (!this.#scanning) return;
    this.#scanning = false;
    try {
      this.#parts.noble.stopScanning();
    } catch {
      // The adapter is gone, and its scan with it.
    }
  }

  /** Resolves when there is no reason to go on with this scan, or it has ended, or is to be begun anew. */
  async #listen(isNeeded: () => boolean, signal: AbortSignal): Promise<void> {
    const { noble, clock, timing, bell } = this.#parts;
    let isRoundOver = false;
    const done = new AbortController();
    const round = clock.sleep(timing.scanRoundMs, done.signal).then(() => {
      isRoundOver = true;
      bell.ring();
    });
    noble.on('scanStop', this.#onScanStop);
    while (!signal.aborted && this.#scanning && isNeeded() && !isRoundOver) await bell.heard(signal);
    noble.off('scanStop', this.#onScanStop);
    done.abort();
    await round;
  }

  async #command(answer: 'scanStart' | 'scanStop', begin: () => void, signal: AbortSignal): Promise<void> {
    const { noble, clock, timing } = this.#parts;
    const ask = (over: AbortSignal) => {
      const answered = occurrence(noble, answer, over);
      begin();
      return answered;
    };
    for (let tries = 1; ; tries++) {
      try {
        await within(answer, ask, { clock, ms: timing.scanMs, signal });
        return;
      } catch (error) {
        if (tries === TRIES || signal.aborted) throw error;
      }
    }
  }

  readonly #onScanStop = (): void => {
    this.#scanning = false;
    this.#parts.bell.ring();
  };
}
