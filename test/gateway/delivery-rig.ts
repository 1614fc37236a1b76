/** Delivery at work between an outbox and a broker in memory, with time at the test's hand. */
import assert from 'node:assert/strict';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { Gap } from '../../src/domain/gap.ts';
import type { EncodedBatch, RecordKind } from '../../src/domain/record.ts';
import { Delivery, type DeliveryOptions } from '../../src/gateway/delivery.ts';
import type { MessageForm, PreparedMessage, PublishOutcome, Uplink } from '../../src/ports.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { MemoryOutbox } from '../fakes/memory-outbox.ts';
import { MemoryUplink, type MemoryUplinkOptions, type SentBatch, sentBatch } from '../fakes/memory-uplink.ts';

export const IN_FLIGHT = 3;
export const ROLE = 'primary';

/** A message that delivery has sent, and what became of it. */
interface Sending {
  readonly batch: SentBatch;
  readonly form: MessageForm;
  readonly bytes: number;
  outcome: PublishOutcome['kind'] | 'under way';
}

/** Passes everything on, and sees to it that no record is sent while it may still be acknowledged, or has been. */
export class WatchedUplink implements Uplink {
  readonly sendings: Sending[] = [];
  readonly #uplink: MemoryUplink;
  readonly #last = new Map<string, Sending>();

  constructor(uplink: MemoryUplink) {
    this.#uplink = uplink;
  }

  get name(): string {
    return this.#uplink.name;
  }

  get connected(): boolean {
    return this.#uplink.connected;
  }

  get underWay(): Sending[] {
    return this.sendings.filter(({ outcome }) => outcome === 'under way');
  }

  start(onChange: () => void): Promise<void> {
    return this.#uplink.start(onChange);
  }

  stop(): Promise<void> {
    return this.#uplink.stop();
  }

  async prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage> {
    const { bytes, send } = await this.#uplink.prepare(batch, form);
    return { bytes, send: () => this.#send({ batch: sentBatch(batch), form, bytes, outcome: 'under way' }, send) };
  }

  async #send(sending: Sending, send: () => Promise<PublishOutcome>): Promise<PublishOutcome> {
    const { kind, epoch, records } = sending.batch;
    for (const { seq } of records) {
      const id = `${epoch} ${kind} ${seq}`;
      const before = this.#last.get(id)?.outcome;
      assert.ok(before !== 'acknowledged' && before !== 'under way', `${id} goes twice: it is ${before}`);
      this.#last.set(id, sending);
    }
    this.sendings.push(sending);
    const outcome = await send();
    sending.outcome = outcome.kind;
    return outcome;
  }
}

export interface RigOptions extends MemoryUplinkOptions, Partial<DeliveryOptions> {
  readonly outbox?: MemoryOutbox;
  readonly clock?: SimulatedClock;
}

export async function running(options: RigOptions = {}) {
  const { outbox = new MemoryOutbox(), clock = new SimulatedClock() } = options;
  const line = new MemoryUplink(options);
  const uplink = new WatchedUplink(line);
  const telemetry = new CollectedTelemetry();
  const entries: Gap[] = [];
  const delivery = new Delivery(
    { clock, outbox, uplink, telemetry, onEntry: (gap) => entries.push(gap) },
    { role: ROLE, backfillForm: 'plain', inFlight: IN_FLIGHT, rate: {}, ...options },
  );
  const end = new AbortController();
  await uplink.start(delivery.wake);
  const loop = delivery.run(end.signal);
  // A test that expects it to fail looks at it later.
  loop.catch(() => {});
  return {
    outbox,
    line,
    uplink,
    telemetry,
    /** What delivery has entered in the ledger. */
    entries,
    clock,
    delivery,
    loop,
    /** Lets everything that can happen within this time happen. */
    pass: async (ms = 10) => {
      delivery.wake();
      await clock.advanceBy(ms);
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    },
    stop: async () => {
      end.abort();
      await uplink.stop();
      await clock.advanceBy(1);
      await loop;
    },
  };
}

export const kinds = ({ arrived }: MemoryUplink) => arrived.map(({ batch }) => batch.kind);
export const seqs = ({ arrived }: MemoryUplink, kind: RecordKind = 'samples') =>
  arrived.flatMap(({ batch }) => (batch.kind === kind ? batch.records.map(({ seq }) => seq) : []));

export const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
