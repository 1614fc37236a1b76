/**
 * Scans for straps, and remembers for a moment those that it heard and that are worth a connection.
 *
 * noble answers a scan command by an event, or not at all, so that commands have a limit and are repeated.
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
    const { noble, bell } = this.#parts;
    noble.on('discover', this.#onDiscover);
    try {
      this.#scanning = true;
      await this.#command('scanStart', () => noble.startScanning([HEART_RATE_SERVICE], true), signal);
      while (!signal.aborted && isNeeded() && this.#sightings.size === 0) await bell.heard(signal);
      await this.#command('scanStop', () => noble.stopScanning(), signal);
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

  readonly #onDiscover = (peripheral: Peripheral): void => {
    const { clock, bell, isWanted } = this.#parts;
    if (this.#sightings.size >= SIGHTINGS_MAX || !isWanted(peripheral)) return;
    this.#sightings.set(peripheral.id, { peripheral, seenMs: clock.monotonicMs() });
    bell.ring();
  };
}
