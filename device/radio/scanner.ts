/**
 * Scans for straps, and remembers for a moment those that it heard and that are worth a connection.
 *
 * noble answers a scan command by an event, or not at all, so that commands have a limit and are repeated. A
 * scan may end without our doing, when bluetoothd stops it or the controller is reset, with an event or
 * without, so that it is watched and never trusted for long.
 */
import type { Clock } from '../../src/ports.ts';
import { HEART_RATE_SERVICE } from '../profiles/heart-rate.ts';
import type { Noble, Peripheral } from './noble.ts';
import type { RadioTiming } from './timing.ts';
import { type Bell, occurrence, within } from './waiting.ts';

/** An adapter that leaves that many scan commands unanswered in a row is lost. */
const TRIES = 3;

/** Advertisers that are remembered at a time; more are heard again. */
const SIGHTINGS_MAX = 100;

export interface ScannerParts {
  readonly noble: Noble;
  readonly clock: Clock;
  readonly timing: RadioTiming;
  /** Rung when there is a sighting, and by others when it may be worth looking again whether to go on. */
  readonly bell: Bell;
  /** Whether there is a reason to connect to this advertiser now. */
  readonly isWanted: (peripheral: Peripheral) => boolean;
}

export class Scanner {
  readonly #parts: ScannerParts;
  readonly #sightings = new Map<string, { readonly peripheral: Peripheral; readonly seenMs: number }>();
  /** As far as noble has said. */
  #scanning = false;

  constructor(parts: ScannerParts) {
    this.#parts = parts;
  }

  /**
   * Scans until somebody is heard, or `isNeeded` says no, or the signal aborts; the scan has stopped when it resolves.
   *
   * @throws WaitFailed when the adapter does not answer, and when the signal aborts
   */
  async scan(isNeeded: () => boolean, signal: AbortSignal): Promise<void> {
    const { noble, clock, timing } = this.#parts;
    const isGoing = () => isNeeded() && this.#sightings.size === 0;
    noble.on('discover', this.#onDiscover);
    try {
      do {
        this.#scanning = true;
        // noble's start stops first what may be on. A stop of our own would do harm where the scan has ended
        // already: a controller may refuse it, and noble answers to a refusal with silence.
        await this.#command('scanStart', () => noble.startScanning([HEART_RATE_SERVICE], true), signal);
        await this.#listen(isGoing, signal);
        if (!this.#scanning && isGoing()) await clock.sleep(timing.scanPauseMs, signal);
      } while (!signal.aborted && isGoing());
      if (this.#scanning) await this.#command('scanStop', () => noble.stopScanning(), signal);
      this.#scanning = false;
    } finally {
      noble.off('discover', this.#onDiscover);
    }
  }

  /** Sends the command to stop a scan that was given up, without waiting for the answer. Never throws. */
  abort(): void {
    if (!this.#scanning) return;
    try {
      this.#parts.noble.stopScanning();
    } catch {
      // The adapter is gone, and its scan with it.
    }
  }

  /** Whoever was heard first of those that are worth a connection still. */
  take(): Peripheral | undefined {
    const { clock, timing, isWanted } = this.#parts;
    for (const [id, { peripheral, seenMs }] of this.#sightings) {
      this.#sightings.delete(id);
      if (clock.monotonicMs() - seenMs <= timing.freshMs && isWanted(peripheral)) return peripheral;
    }
    return undefined;
  }

  /** Resolves when there is no reason to go on with this scan, or it has ended, or is to be begun anew. */
  async #listen(isGoing: () => boolean, signal: AbortSignal): Promise<void> {
    const { noble, clock, timing, bell } = this.#parts;
    let isRoundOver = false;
    const done = new AbortController();
    const round = clock.sleep(timing.scanRoundMs, done.signal).then(() => {
      isRoundOver = true;
      bell.ring();
    });
    noble.on('scanStop', this.#onScanStop);
    while (!signal.aborted && this.#scanning && isGoing() && !isRoundOver) await bell.heard(signal);
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

  readonly #onDiscover = (peripheral: Peripheral): void => {
    const { clock, bell, isWanted } = this.#parts;
    if (this.#sightings.size >= SIGHTINGS_MAX || !isWanted(peripheral)) return;
    this.#sightings.set(peripheral.id, { peripheral, seenMs: clock.monotonicMs() });
    bell.ring();
  };
}
