/**
 * From the disk to the lanes: each has the next messages read and encoded before they can be sent. Samples that were
 * stored since the connection came up are live; where the line is too slow for them they are left to the backfill, so
 * that what is live stays so.
 */
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { Clock, MessageForm, Outbox, Uplink } from '../ports.ts';
import type { Background } from './background.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { Quarantine } from './quarantine.ts';
import { Unsent } from './unsent.ts';

export interface ReadAheadParts {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  /** Under which name the outbox keeps what this uplink has acknowledged. */
  readonly role: string;
  /** How samples of before are sent. */
  readonly backfillForm: MessageForm;
  readonly lanes: Lanes;
  readonly quarantine: Quarantine;
  readonly background: Background;
  /** To be called when something was read. */
  readonly wake: () => void;
}

/** What is not backfill is at least worth so much, bytes: the readings of a whole team in a second go in one message. */
const MESSAGE_BYTES = 8_192;

/** Where there was nothing to be read, it is looked again so often: a record may have waited for its time. */
const LOOK_AGAIN_MS = 1_000;

/** Live samples that have to wait for so long are left to the backfill, and live goes on with the newest. */
const LIVE_LAG_MS = 10_000;

/** For so long after an alert messages are small. */
const BESIDE_ALERTS_MS = 10_000;

/** A lane that cannot be read is tried again this often; the others go on. */
const STORE_RETRY_MS = 1_000;

export class ReadAhead {
  readonly #parts: ReadAheadParts;
  readonly #unsent: Unsent;
  #liveCaughtUpMs = 0;
  #lookedMs = 0;
  /** When there was last an alert to be sent. */
  #alertMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ReadAheadParts) {
    this.#parts = parts;
    this.#unsent = new Unsent((kind) => parts.outbox.acknowledged(parts.role, kind));
  }

  /** A connection has come up, or another store's: what is stored from now on is live. */
  beginLive(nowMs: number): void {
    this.#liveFromHere(nowMs);
    // What is no record of a kind in one store may be one in the next.
    this.#unsent.lookAgain();
    this.#parts.lanes.discard();
  }

  /** About how many samples are in the live lane. */
  get live(): number {
    return this.#unsent.liveNumbers(this.#parts.outbox.head);
  }

  /** @param batchBytes how large a message of the backfill should be */
  fillAll(batchBytes: number, nowMs: number): void {
    if (nowMs - this.#lookedMs >= LOOK_AGAIN_MS) {
      this.#lookedMs = nowMs;
      this.#unsent.lookAgain();
    }
    for (const lane of this.#parts.lanes) this.fill(lane, batchBytes, nowMs);
  }

  fill(lane: Lane, batchBytes: number, nowMs: number): void {
    const { background, lanes, outbox, quarantine, role } = this.#parts;
    if (!lane.mayReadAhead || lane.heldForMs(nowMs) > 0) return;
    // Most of the time there is no alert and no ledger entry: they need not be looked for.
    if (lane.isUrgent && outbox.backlog(role)[lane.kind] === 0) return;
    if (lane.name === 'alerts') this.#alertMs = nowMs;
    const busy = lanes.busy(lane.kind);
    const range = this.#unsent.next(lane.name, busy.concat(quarantine.aside(lane.kind, nowMs)), outbox.head);
    if (lane.name === 'live') this.#watchLive(lane, range === undefined && lane.isEmpty, nowMs);
    if (range !== undefined) background.begin(() => this.#read(lane, range, batchBytes, nowMs));
  }

  #watchLive(lane: Lane, isCaughtUp: boolean, nowMs: number): void {
    if (isCaughtUp) this.#liveCaughtUpMs = nowMs;
    if (nowMs - this.#liveCaughtUpMs <= LIVE_LAG_MS) return;
    this.#liveFromHere(nowMs);
    lane.discard();
  }

  #liveFromHere(nowMs: number): void {
    this.#unsent.liveFrom(this.#parts.outbox.head);
    this.#liveCaughtUpMs = nowMs;
  }

  async #read(lane: Lane, range: SeqRange, batchBytes: number, nowMs: number): Promise<void> {
    const { backfillForm, background, clock, outbox, uplink, wake } = this.#parts;
    const isBackfill = lane.name === 'backfill';
    const bytes = isBackfill ? batchBytes : Math.max(MESSAGE_BYTES, batchBytes);
    lane.reading = range;
    const limit = lane.recordLimit(bytes, nowMs - this.#alertMs < BESIDE_ALERTS_MS);
    const read = () => outbox.readEncoded(lane.kind, range, limit);
    const result = await background.attempt(lane.name, read);
    // What was discarded meanwhile goes nowhere.
    if (lane.reading !== range) return;
    lane.reading = undefined;
    if (!result.ok) lane.hold(STORE_RETRY_MS, clock.monotonicMs());
    else if (result.value === undefined) this.#unsent.isEmpty(lane.kind, range);
    else {
      const place = lane.placeFor(result.value);
      wake();
      lane.prepared(place, await uplink.prepare(result.value, isBackfill ? backfillForm : 'plain'));
    }
  }
}
