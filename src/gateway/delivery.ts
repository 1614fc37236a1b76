/**
 * From the disk to the uplink. A loop reads what is stored and not yet sent, urgent records first, and
 * keeps a small window of unacknowledged messages; the outbox's cursor moves on acknowledgement only.
 *
 * Delivery holds at most the window in memory, however long the backlog is. The urgent lane has a window
 * of its own, so that an alert never waits for a backlog's acknowledgements.
 */
import { isOperatingError, messageOf } from '../domain/errors.ts';
import type { Gap } from '../domain/gap.ts';
import { type Batch, LANES } from '../domain/record.ts';
import type { Clock, Outbox, PublishOutcome, Telemetry, Uplink } from '../ports.ts';
import { LaneFlow } from './lane.ts';
import { WakeUp } from './wake-up.ts';

export interface DeliveryParts {
  /** Real time, also in a simulation: brokers and networks are real. */
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  readonly telemetry: Telemetry;
}

/** Messages under way at once for alerts and the ledger, beside those of the samples. */
const URGENT_IN_FLIGHT = 4;

/** About 60 KB as JSON at a second's sample each: half of what AWS IoT takes. */
const BATCH_MAX = 500;

/** With nothing to do, moved cursors are written this often. */
const IDLE_MS = 1_000;

/** A broker that refuses is asked again after this, and after twice as long each further time. */
const HOLD_MS = { first: 1_000, most: 60_000 } as const;

/** A store that fails is tried again this often: it is ours, and an alert may wait in it. */
const STORE_RETRY_MS = 1_000;

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #lanes: readonly LaneFlow[];
  readonly #wakeUp = new WakeUp();
  #holdMs: number = HOLD_MS.first;
  #lastAcknowledgedMs: number | undefined;
  #storeFails = false;
  #end: AbortSignal | undefined;
  #failure: { error: unknown } | undefined;

  constructor(parts: DeliveryParts, limits: { inFlight: number }) {
    this.#parts = parts;
    this.#lanes = LANES.map(
      (lane) =>
        new LaneFlow(lane, {
          cursor: parts.outbox.cursor(lane),
          inFlightMax: lane === 'urgent' ? URGENT_IN_FLIGHT : limits.inFlight,
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
    this.#end = signal;
    signal.addEventListener('abort', this.wake, { once: true });
    while (!signal.aborted) {
      while (!signal.aborted && (await this.#sendNext()));
      if (signal.aborted) return;
      await this.#wakeUp.wait(this.#parts.clock, IDLE_MS);
      if (this.#failure !== undefined) throw this.#failure.error;
      await this.#attempt(() => this.#parts.outbox.sync());
    }
  }

  /** Resolves when everything stored is acknowledged, or when the signal aborts. */
  async drained(signal: AbortSignal): Promise<void> {
    const { clock, outbox } = this.#parts;
    const isDrained = () => LANES.every((lane) => outbox.backlog()[lane] === 0);
    while (!signal.aborted && !isDrained()) await clock.sleep(POLL_MS, signal);
  }

  /** Sends one batch of the most urgent lane that has one; false when there is nothing to do for now. */
  async #sendNext(): Promise<boolean> {
    const { clock, outbox, uplink } = this.#parts;
    if (!uplink.connected) return false;
    for (const flow of this.#lanes) {
      if (!flow.maySend(clock.monotonicMs())) continue;
      const batch = await this.#attempt(() => outbox.read(flow.lane, flow.sentSeq, flow.batchLimit));
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

  async #settle(flow: LaneFlow, flight: ReturnType<LaneFlow['send']>, outcome: PublishOutcome): Promise<void> {
    const { clock, outbox, telemetry, uplink } = this.#parts;
    const { records } = flight.batch;
    switch (outcome.kind) {
      case 'acknowledged':
        this.#holdMs = HOLD_MS.first;
        this.#lastAcknowledgedMs = clock.wallMs();
        for (const done of flow.acknowledged(flight)) outbox.acknowledge(flow.lane, done);
        break;
      case 'lost':
        flow.failed(flight);
        break;
      case 'refused': {
        const retryInMs = this.#hold();
        flow.failed(flight, { notBeforeMs: clock.monotonicMs() + retryInMs });
        telemetry.emit({ event: 'uplink.refused', uplink: uplink.name, reason: outcome.reason, retryInMs });
        break;
      }
      case 'too-large':
        if (records.length > 1) flow.failed(flight, { batchLimit: Math.floor(records.length / 2) });
        else if (await this.#giveUp(flight.batch)) {
          for (const done of flow.acknowledged(flight)) outbox.acknowledge(flow.lane, done);
        } else flow.failed(flight, { notBeforeMs: clock.monotonicMs() + this.#hold() });
        break;
    }
    flow.rewind(outbox.cursor(flow.lane));
    this.wake();
  }

  /** A single record that no message can carry is passed over, with an entry in the ledger; true once that is stored. */
  async #giveUp(batch: Batch): Promise<boolean> {
    if (batch.kind !== 'samples') throw new Error(`a record of ${batch.kind} is too large for a message`);
    const { outbox, telemetry } = this.#parts;
    const gaps = batch.records.map(
      ({ athlete, timeMs }): Gap => ({ athlete, fromMs: timeMs, toMs: timeMs, cause: 'undeliverable', count: 1 }),
    );
    const stored = await this.#attempt(async () => {
      await outbox.append(gaps.map((gap) => ({ kind: 'gap', gap })));
      return true;
    });
    if (stored !== true) return false;
    for (const { athlete, cause } of gaps) telemetry.emit({ event: 'gap.recorded', athlete, cause, seconds: 0 });
    return true;
  }

  /** Does something with the store; when that fails, says so once, waits a little, and gives undefined. */
  async #attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    const { clock, telemetry } = this.#parts;
    try {
      const result = await action();
      this.#storeFails = false;
      return result;
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      if (!this.#storeFails) telemetry.emit({ event: 'store.delivery-failed', reason: messageOf(error) });
      this.#storeFails = true;
      await clock.sleep(STORE_RETRY_MS, this.#end);
      return undefined;
    }
  }

  #hold(): number {
    const holdMs = this.#holdMs;
    this.#holdMs = Math.min(HOLD_MS.most, holdMs * 2);
    return holdMs;
  }
}

const POLL_MS = 20;
