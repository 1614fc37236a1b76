/**
 * From the disk to the uplink. A loop reads what is stored and not yet sent, alerts first, and keeps a small
 * window of unacknowledged messages; the outbox's cursor moves on acknowledgement only.
 *
 * Delivery holds at most the windows in memory, however long the backlog is. Each lane has a window of its
 * own, so that an alert never waits for the acknowledgements of anything else.
 */
import { isOperatingError, messageOf } from '../domain/errors.ts';
import type { Gap } from '../domain/gap.ts';
import { type Batch, LANES, type Lane } from '../domain/record.ts';
import type { Clock, Outbox, PublishOutcome, Telemetry, Uplink } from '../ports.ts';
import { type Flight, LaneFlow } from './lane.ts';
import { WakeUp } from './wake-up.ts';

export interface DeliveryParts {
  /** Real time, also in a simulation: brokers and networks are real. */
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  readonly telemetry: Telemetry;
}

/** Messages under way at once, beside those of the samples. With the most that a setting allows those, they make mosquitto's Receive Maximum of 20. */
const IN_FLIGHT: Readonly<Record<Exclude<Lane, 'samples'>, number>> = { alerts: 4, gaps: 2 };

/** About 60 KB as JSON at a second's sample each: half of what AWS IoT takes. */
const BATCH_MAX = 500;

/** How long the loop sleeps when nobody wakes it. */
const IDLE_MS = 1_000;

/** Where no append takes a moved cursor along, it is written this often. */
const SYNC_MS = 5_000;

/** A lane that cannot be read is tried again this often; the others go on. */
const STORE_RETRY_MS = 1_000;

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #lanes: readonly LaneFlow[];
  readonly #wakeUp = new WakeUp();
  #lastAcknowledgedMs: number | undefined;
  readonly #fails = new Set<Lane | 'write'>();
  #failure: { error: unknown } | undefined;

  constructor(parts: DeliveryParts, limits: { inFlight: number }) {
    this.#parts = parts;
    this.#lanes = LANES.map(
      (lane) =>
        new LaneFlow(lane, {
          cursor: parts.outbox.cursor(lane),
          inFlightMax: lane === 'samples' ? limits.inFlight : IN_FLIGHT[lane],
          batchMax: BATCH_MAX,
        }),
    );
  }

  /** Unix time in ms of the last acknowledgement since the start. */
  get lastAcknowledgedMs(): number | undefined {
    return this.#lastAcknowledgedMs;
  }

  /** There may be something new to send: records were stored, or the connection has changed. */
  readonly wake = (): void => this.#wakeUp.wake();

  /** Runs until the signal aborts. What is unacknowledged then goes out after the next start. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, outbox } = this.#parts;
    signal.addEventListener('abort', this.wake, { once: true });
    let syncedMs = clock.monotonicMs();
    while (!signal.aborted) {
      while (!signal.aborted && (await this.#sendNext()));
      if (signal.aborted) return;
      await this.#wakeUp.wait(clock, IDLE_MS);
      if (this.#failure !== undefined) throw this.#failure.error;
      if (clock.monotonicMs() - syncedMs < SYNC_MS) continue;
      await this.#attempt('write', () => outbox.sync());
      syncedMs = clock.monotonicMs();
    }
  }

  /**
   * Resolves when everything stored is acknowledged, or when the signal aborts.
   *
   * @throws OperatingError `store-unusable` when nobody can tell any more
   */
  async drained(signal: AbortSignal): Promise<void> {
    const { clock, outbox } = this.#parts;
    const isDrained = () => {
      const backlog = outbox.backlog();
      return LANES.every((lane) => backlog[lane] === 0);
    };
    while (!signal.aborted && !isDrained()) await clock.sleep(POLL_MS, signal);
  }

  /** Sends one batch of the most urgent lane that has one; false when there is nothing to do for now. */
  async #sendNext(): Promise<boolean> {
    const { clock, outbox, uplink } = this.#parts;
    if (!uplink.connected) return false;
    for (const flow of this.#lanes) {
      if (!flow.maySend(clock.monotonicMs())) continue;
      const read = () => outbox.read(flow.lane, flow.sentSeq, flow.batchLimit);
      const batch = await this.#attempt(flow.lane, read, () => flow.hold(clock.monotonicMs() + STORE_RETRY_MS));
      if (batch === undefined) continue;
      this.#send(flow, batch);
      return true;
    }
    return false;
  }

  #send(flow: LaneFlow, batch: Batch): void {
    const flight = flow.send(batch);
    const settled = this.#parts.uplink
      .publish(this.#parts.outbox.epoch, batch)
      .then((outcome) => this.#settle(flow, flight, outcome));
    // Only a broken invariant gets here; the loop throws it, so that the process ends and is restarted.
    settled.catch((error: unknown) => {
      this.#failure = { error };
      this.wake();
    });
  }

  async #settle(flow: LaneFlow, flight: Flight, outcome: PublishOutcome): Promise<void> {
    const { clock, outbox } = this.#parts;
    const { records } = flight.batch;
    switch (outcome.kind) {
      case 'acknowledged':
        this.#lastAcknowledgedMs = clock.wallMs();
        this.#pass(flow, flight);
        break;
      case 'lost':
        flow.failed(flight);
        break;
      case 'refused':
        this.#refused(flow, flight, outcome.reason);
        break;
      case 'too-large':
        if (records.length > 1) flow.failed(flight, Math.floor(records.length / 2));
        // What was sent before it decides first whether this one comes again; otherwise it would be entered twice.
        else if (!flow.isFirst(flight)) flow.failed(flight, 1);
        else if (await this.#enterUndeliverable(flight)) this.#pass(flow, flight);
        else this.#refused(flow, flight, 'the broker takes no message as large as one record');
        break;
    }
    flow.rewind(outbox.cursor(flow.lane));
    this.wake();
  }

  #pass(flow: LaneFlow, flight: Flight): void {
    for (const done of flow.acknowledged(flight)) this.#parts.outbox.acknowledge(flow.lane, done);
  }

  #refused(flow: LaneFlow, flight: Flight, reason: string): void {
    const { clock, telemetry, uplink } = this.#parts;
    const retryInMs = flow.refused(flight, clock.monotonicMs());
    telemetry.emit({ event: 'uplink.refused', uplink: uplink.name, reason, retryInMs });
  }

  /** A sample that no message can carry is passed over once the ledger says so. Alerts and entries are never. */
  async #enterUndeliverable({ batch }: Flight): Promise<boolean> {
    if (batch.kind !== 'samples') return false;
    const { outbox, telemetry } = this.#parts;
    const gaps = batch.records.map(
      ({ athlete, timeMs }): Gap => ({ athlete, fromMs: timeMs, toMs: timeMs, cause: 'undeliverable', count: 1 }),
    );
    const stored = await this.#attempt('write', async () => {
      await outbox.append(gaps.map((gap) => ({ kind: 'gap', gap })));
      return true;
    });
    if (stored !== true) return false;
    for (const { athlete, cause } of gaps) telemetry.emit({ event: 'gap.recorded', athlete, cause, seconds: 0 });
    return true;
  }

  /** Does something with the store; when that fails, says so once, and gives undefined. */
  async #attempt<T>(what: Lane | 'write', action: () => Promise<T>, onFailure = () => {}): Promise<T | undefined> {
    const { telemetry } = this.#parts;
    try {
      const result = await action();
      this.#fails.delete(what);
      return result;
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      if (!this.#fails.has(what)) telemetry.emit({ event: 'store.delivery-failed', reason: messageOf(error) });
      this.#fails.add(what);
      onFailure();
      return undefined;
    }
  }
}

const POLL_MS = 20;
