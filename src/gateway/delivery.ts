/**
 * From the disk to one uplink. Each lane reads two messages ahead; a loop sends what is ready, the most urgent first:
 * alerts, ledger entries, the samples of now, and then those of before. What the uplink has acknowledged is kept as
 * ranges, so a message that is lost or refused comes again by itself, and nothing else does.
 *
 * Invariants: what is neither acknowledged nor set aside is under way or will be read; nothing is under way twice; in
 * memory are at most the messages under way and three more for each lane, however long the backlog is.
 */
import type { Gap } from '../domain/gap.ts';
import type { BatchExtent } from '../domain/record.ts';
import type { Backlog, Clock, MessageForm, Outbox, PublishOutcome, Telemetry, Uplink } from '../ports.ts';
import { Background } from './background.ts';
import { entryEvent } from './entry-event.ts';
import { FlowWindow } from './flow-window.ts';
import type { Flight, Lane, Ready } from './lane.ts';
import { Lanes } from './lanes.ts';
import { Quarantine } from './quarantine.ts';
import { ReadAhead } from './read-ahead.ts';
import { RateLimit, type RateLimits } from './token-bucket.ts';
import { Traffic, type TrafficTotals } from './traffic.ts';
import { WakeUp } from './wake-up.ts';

export interface DeliveryParts {
  /** Real time, also in a simulation: brokers and networks are real. */
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  readonly telemetry: Telemetry;
  /** Called with every entry of the ledger that was stored. */
  readonly onEntry: (gap: Gap) => void;
  /** Called after each round of the loop. */
  readonly onRound?: (() => void) | undefined;
}

export interface DeliveryOptions {
  /** Under which name the outbox keeps what this uplink has acknowledged. */
  readonly role: string;
  /** How samples of before are sent. */
  readonly backfillForm: MessageForm;
  /** Messages of samples under way at once. */
  readonly inFlight: number;
  readonly rate: RateLimits;
}

/** How many records wait in each lane. */
export interface WaitingInLanes {
  /** Alerts and ledger entries. */
  readonly urgent: number;
  /** Samples of now. */
  readonly live: number;
  /** Samples of before; without a connection all of them. */
  readonly backfill: number;
}

/** How long the loop sleeps when nobody wakes it. */
const IDLE_MS = 1_000;

/** Where no append takes what was acknowledged along, it is written this often. */
const SYNC_MS = 5_000;

const POLL_MS = 20;

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #options: DeliveryOptions;
  readonly #lanes: Lanes;
  readonly #readAhead: ReadAhead;
  readonly #quarantine = new Quarantine();
  readonly #rate: RateLimit;
  readonly #traffic = new Traffic();
  readonly #wakeUp = new WakeUp();
  readonly #background: Background;
  #window: FlowWindow;
  /** What was under way when the connection ended. */
  #lost: BatchExtent[] = [];
  #wasConnected = false;
  /** The store that the lanes are about. */
  #epoch: string;
  #syncedMs: number;
  #lastAcknowledgedMs: number | undefined;
  #roundMs: number;

  constructor(parts: DeliveryParts, options: DeliveryOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#lanes = new Lanes(options.inFlight);
    this.#window = new FlowWindow(this.#lanes.backfillMax);
    this.#rate = new RateLimit(options.rate);
    this.#background = new Background(parts, this.wake);
    this.#readAhead = new ReadAhead({
      ...parts,
      ...options,
      lanes: this.#lanes,
      quarantine: this.#quarantine,
      background: this.#background,
      wake: this.wake,
    });
    this.#epoch = parts.outbox.epoch;
    this.#syncedMs = parts.clock.monotonicMs();
    this.#roundMs = this.#syncedMs;
  }

  /** When the loop last made a round, or was made, monotonic ms. */
  get roundMs(): number {
    return this.#roundMs;
  }

  /** When the oldest of what it has begun and not ended was begun, monotonic ms; undefined where there is none. */
  get workSinceMs(): number | undefined {
    return this.#background.sinceMs;
  }

  /** Unix time in ms of the last acknowledgement since the start. */
  get lastAcknowledgedMs(): number | undefined {
    return this.#lastAcknowledgedMs;
  }

  /** What is sent and has no answer yet, bytes. */
  get unacknowledgedBytes(): number {
    return this.#lanes.underWayBytes;
  }

  /** In which lanes a backlog waits. */
  lanesOf({ alerts, gaps, samples }: Backlog): WaitingInLanes {
    const isLive = this.#wasConnected && this.#parts.uplink.connected;
    const live = isLive ? Math.min(samples, this.#readAhead.live) : 0;
    return { urgent: alerts + gaps, live, backfill: samples - live };
  }

  /** What it has carried since the start. */
  get traffic(): TrafficTotals {
    return this.#traffic.totals();
  }

  /** There may be something new to send: records were stored, or the connection has changed. */
  readonly wake = (): void => this.#wakeUp.wake();

  /** Runs until the signal aborts. What is unacknowledged then goes out after the next start. */
  async run(signal: AbortSignal): Promise<void> {
    this.#wakeUp.endWith(signal);
    while (!signal.aborted) {
      const atMostMs = this.#round();
      this.#parts.onRound?.();
      await this.#wakeUp.wait(this.#parts.clock, atMostMs);
      this.#background.throwIfBroken();
    }
    await this.#background.settled();
  }

  /**
   * Resolves when everything stored is acknowledged, or when the signal aborts.
   *
   * @throws OperatingError `store-unusable` when nobody can tell any more
   */
  async drained(signal: AbortSignal): Promise<void> {
    const { clock, outbox } = this.#parts;
    const isDrained = () => Object.values(outbox.backlog(this.#options.role)).every((count) => count === 0);
    while (!signal.aborted && !isDrained()) await clock.sleep(POLL_MS, signal);
  }

  /** Reads and sends what can be now. @returns how long there is nothing to do, unless somebody wakes the loop, ms */
  #round(): number {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#roundMs = nowMs;
    if (nowMs - this.#syncedMs >= SYNC_MS) {
      this.#syncedMs = nowMs;
      this.#background.begin(() => this.#background.attempt('write', () => this.#parts.outbox.sync()));
    }
    if (!this.#follow(nowMs)) return IDLE_MS;
    this.#readAhead.fillAll(this.#window.batchBytes, nowMs);
    return this.#sendReady(nowMs);
  }

  /** Whether there is a connection, after all that its end or its beginning brings with it. */
  #follow(nowMs: number): boolean {
    if (this.#lost.length > 0) {
      // The others that were under way have their outcomes in a moment.
      if (this.#lanes.underWay > 0) return false;
      this.#hungUp(nowMs);
    }
    if (!this.#parts.uplink.connected) {
      this.#wasConnected = false;
      return false;
    }
    const { epoch } = this.#parts.outbox;
    if (this.#wasConnected && epoch === this.#epoch) return true;
    // What is under way goes on over the same connection where only the store has changed.
    if (!this.#wasConnected) this.#window = new FlowWindow(this.#lanes.backfillMax);
    if (epoch !== this.#epoch) this.#beginAnew(epoch);
    this.#wasConnected = true;
    this.#readAhead.beginLive(nowMs);
    return true;
  }

  /** Another store has taken the place of a damaged one: the numbers of that one mean nothing any more. */
  #beginAnew(epoch: string): void {
    this.#epoch = epoch;
    this.#quarantine.clear();
    for (const lane of this.#lanes) lane.beginAnew();
  }

  /** Whether the batch was read from the store that there is now. */
  #isOfThisStore({ epoch, storedIn = epoch }: BatchExtent): boolean {
    return storedIn === this.#parts.outbox.epoch;
  }

  #hungUp(nowMs: number): void {
    const { telemetry, uplink } = this.#parts;
    const aside = this.#quarantine.hungUp(
      this.#lost.filter((batch) => this.#isOfThisStore(batch)),
      nowMs,
    );
    this.#lost = [];
    this.#wasConnected = false;
    if (aside === undefined) return;
    const { message, hangUps, retryInMs } = aside;
    telemetry.emit({ event: 'uplink.poison', uplink: uplink.name, kind: message.kind, hangUps, retryInMs });
  }

  #sendReady(nowMs: number): number {
    let waitMs = IDLE_MS;
    let isFull = false;
    for (const lane of this.#lanes) {
      const heldForMs = lane.heldForMs(nowMs);
      if (heldForMs > 0) waitMs = Math.min(waitMs, heldForMs);
      const { ready } = lane;
      if (ready === undefined || heldForMs > 0) continue;
      if (this.#lanes.isFull(lane)) {
        isFull = true;
        continue;
      }
      // What is less urgent may overtake nothing, so from here on it waits too.
      const isAlone = this.#quarantine.isSuspect(ready.batch);
      if (isAlone ? this.#lanes.underWay > 0 : this.#lanes.isAloneUnderWay) return waitMs;
      const { bytes } = ready.message;
      if (!lane.isUrgent && !this.#window.fits(bytes)) return waitMs;
      const limitedForMs = this.#rate.waitMs(bytes, lane.isUrgent, nowMs);
      if (limitedForMs > 0) {
        this.#window.idle();
        return Math.min(waitMs, limitedForMs);
      }
      this.#send(lane, ready, isAlone, nowMs);
      this.#readAhead.fill(lane, this.#window.batchBytes, nowMs);
    }
    if (!isFull && this.#window.fits(this.#window.batchBytes)) this.#window.idle();
    return waitMs;
  }

  #send(lane: Lane, { batch, message }: Ready, isAlone: boolean, nowMs: number): void {
    this.#rate.take(message.bytes, nowMs);
    const flight: Flight = { lane, batch, sent: this.#window.sent(message.bytes, nowMs), isAlone };
    lane.sent(flight);
    this.#traffic.sent(batch.kind, message.bytes);
    this.#background.begin(async () => await this.#settle(flight, await message.send()));
  }

  async #settle(flight: Flight, outcome: PublishOutcome): Promise<void> {
    const { lane, batch, sent } = flight;
    const nowMs = this.#parts.clock.monotonicMs();
    this.#traffic.settled(batch, outcome.kind, nowMs - sent.atMs);
    switch (outcome.kind) {
      case 'acknowledged':
        this.#window.answered(sent, nowMs);
        this.#pass(flight);
        if (outcome.spare !== undefined) this.#parts.outbox.reuse(outcome.spare);
        break;
      case 'refused':
        this.#window.answered(sent, nowMs);
        lane.notTaken(flight);
        this.#refused(lane, outcome.reason, nowMs);
        break;
      case 'lost':
        this.#window.forget(sent);
        lane.takeBack(flight);
        this.#lost.push(batch);
        break;
      case 'too-large':
        this.#window.forget(sent);
        lane.tooLarge(batch.records.length);
        if (batch.records.length > 1) lane.notTaken(flight);
        else await this.#passOver(flight, nowMs);
        break;
    }
  }

  #pass(flight: Flight): void {
    const { lane, batch } = flight;
    const { clock, outbox } = this.#parts;
    lane.acknowledged(flight);
    outbox.acknowledge(this.#options.role, batch);
    this.#lastAcknowledgedMs = clock.wallMs();
  }

  #refused(lane: Lane, reason: string, nowMs: number): void {
    const { telemetry, uplink } = this.#parts;
    telemetry.emit({ event: 'uplink.refused', uplink: uplink.name, reason, retryInMs: lane.refused(nowMs) });
  }

  /** A sample that no message can carry is passed over once the ledger says so. Alerts and entries are never. */
  async #passOver(flight: Flight, nowMs: number): Promise<void> {
    const { lane, batch } = flight;
    const entered = await this.#enterUndeliverable(batch);
    if (entered === 'entered') return this.#pass(flight);
    // Of a store that is gone it comes again, under another number.
    if (entered === 'gone') return lane.takeBack(flight);
    lane.notTaken(flight);
    this.#refused(lane, 'the broker takes no message as large as one record', nowMs);
  }

  async #enterUndeliverable(extent: BatchExtent): Promise<'entered' | 'gone' | 'failed'> {
    const { kind, range } = extent;
    if (kind !== 'samples') return 'failed';
    const { outbox, telemetry, onEntry } = this.#parts;
    const gaps: Gap[] = [];
    const enter = async () => {
      if (!this.#isOfThisStore(extent)) return;
      const batch = await outbox.read(kind, range, 1);
      if (batch?.kind !== 'samples' || !this.#isOfThisStore(extent)) return;
      const lost = batch.records.map(
        ({ athlete, timeMs }): Gap => ({ athlete, fromMs: timeMs, toMs: timeMs, cause: 'undeliverable', count: 1 }),
      );
      await outbox.append(lost.map((gap) => ({ kind: 'gap', gap })));
      gaps.push(...lost);
    };
    const { ok } = await this.#background.attempt('write', enter);
    if (!ok) return 'failed';
    for (const gap of gaps) {
      onEntry(gap);
      telemetry.emit(entryEvent(gap));
    }
    return gaps.length > 0 ? 'entered' : 'gone';
  }
}
