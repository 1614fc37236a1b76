/** The product as these measurements use it, and the one file here that knows how its store and delivery are put together. */

import type { Team } from '../../../src/domain/athlete.ts';
import type { AlertEntry } from '../../../src/domain/entries.ts';
import { Ledger } from '../../../src/domain/ledger.ts';
import type { EncodedBatch } from '../../../src/domain/record.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { Timekeeper } from '../../../src/domain/timekeeper.ts';
import { Committer } from '../../../src/gateway/committer.ts';
import { Gateway, PRIMARY } from '../../../src/gateway/gateway.ts';
import { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';
import type {
  Clock,
  HeartRateSource,
  MessageForm,
  Outbox,
  PreparedMessage,
  PublishOutcome,
  SourceEvent,
  Uplink,
} from '../../../src/ports.ts';
import { SystemClock } from '../../../src/system/clock.ts';
import { runName } from '../../../src/system/run-name.ts';
import type { TelemetryEvent } from '../../../src/telemetry/events.ts';
import { MqttUplink } from '../../../src/uplink/mqtt.ts';
import { CollectedSupervisor } from '../../fakes/collected-supervisor.ts';

/** As they come from the settings. */
const LIMITS = { ingestQueue: 4_096, groupCommitMs: 1_000, inFlight: 8, timeWaitMs: 0 };

/** Far below what the gateway keeps in memory while its store cannot be written. */
const WAITING_MAX = 4_000;

export type { Outbox };

/** @param maxBytes by default so many that nothing is ever evicted */
export async function openStore(path: string, maxBytes = 50e9): Promise<Outbox> {
  return await SqliteOutbox.open({ path, maxBytes, bootId: 'bench', uplinks: [PRIMARY] });
}

/** Resolves when they are on the disk, in one transaction. */
export async function append(outbox: Outbox, samples: readonly Sample[]): Promise<void> {
  await outbox.append(samples.map((sample) => ({ kind: 'sample', sample })));
}

/** As the gateway takes them while its store is behind: whatever has come meanwhile goes into the next commit. */
export class Taking {
  readonly #committer: Committer;
  #onStored = () => {};

  constructor(outbox: Outbox) {
    const clock = new SystemClock();
    this.#committer = new Committer(
      {
        clock,
        outbox,
        ledger: new Ledger(),
        responder: { respond: () => {} },
        telemetry: { emit: complain },
        timekeeper: { mark: {} },
        onStored: () => this.#onStored(),
        onEntry: () => {},
      },
      LIMITS,
    );
  }

  /** Resolves when there is room for as many. */
  async take(samples: readonly Sample[]): Promise<void> {
    for (const sample of samples) this.#committer.keep(sample);
    this.#committer.commitDue();
    while (this.#committer.pending > WAITING_MAX) {
      await new Promise<void>((resolve) => {
        this.#onStored = resolve;
      });
    }
  }

  /** Resolves when all are on the disk. */
  async finish(): Promise<void> {
    await this.#committer.finish();
  }
}

/** Reads the newest samples as delivery does, and acknowledges them as its receiver would. */
export async function deliverNewest(outbox: Outbox, count: number): Promise<void> {
  const { head } = outbox;
  const batch = await outbox.read('samples', { after: head - count, through: head }, count);
  if (batch !== undefined) outbox.acknowledge(PRIMARY, batch);
}

/** Whether the first sample that it ever had is there no more. */
export async function hasEvicted(outbox: Outbox): Promise<boolean> {
  const oldest = await outbox.read('samples', { after: 0, through: outbox.head }, 1);
  return oldest?.records[0]?.seq !== 1;
}

/** What a gateway needs of its store before it takes anything. */
export async function recall(outbox: Outbox): Promise<void> {
  await outbox.recall(600_000);
}

/** What a PUBACK was for: alerts, or so many samples. */
export interface Acknowledged {
  readonly alerts: readonly AlertEntry[];
  readonly samples: number;
}

export interface BenchGatewayOptions {
  readonly outbox: Outbox;
  readonly team: Team;
  /** The clock that samples are stamped by. */
  readonly clock: Clock;
  readonly url: string;
  /** Whether the backlog goes as gzip. */
  readonly compressed: boolean;
  /** Called when the first message is about to be sent. */
  readonly onFirst: () => void;
  /** Called for each batch when its PUBACK has come. */
  readonly onAcknowledged: (what: Acknowledged) => void;
}

/** The whole gateway but for its radio: what a strap would send is offered by hand. */
export class BenchGateway {
  readonly #gateway: Gateway;
  readonly #outbox: Outbox;
  #offer: (event: SourceEvent) => void = () => {};

  constructor({ outbox, team, clock, url, compressed, onFirst, onAcknowledged }: BenchGatewayOptions) {
    const realClock = new SystemClock();
    const telemetry = { emit: complain };
    const mqtt = new MqttUplink({
      gateway: 'bench',
      topicPrefix: 'iot/heartrate',
      url,
      protocol: 5,
      clock: realClock,
      random: Math.random,
      telemetry,
    });
    const source: HeartRateSource = {
      start: async (_wishes, onEvent) => {
        this.#offer = onEvent;
      },
      wish: () => {},
      prefer: () => {},
      stop: async () => {},
    };
    this.#outbox = outbox;
    this.#gateway = new Gateway({
      name: 'bench',
      run: runName(),
      team,
      clock,
      realClock,
      source,
      outbox,
      uplinks: [
        {
          role: PRIMARY,
          uplink: new ObservedUplink(mqtt, { onFirst, onAcknowledged }),
          backfillForm: compressed ? 'compressed' : 'plain',
          rate: {},
        },
      ],
      timekeeper: new Timekeeper({
        trust: 'always',
        first: { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() },
      }),
      responder: { respond: () => {} },
      supervisor: new CollectedSupervisor(),
      telemetry,
      limits: LIMITS,
    });
  }

  async start(): Promise<void> {
    await this.#gateway.start();
  }

  offer(event: SourceEvent): void {
    this.#offer(event);
  }

  async samplesWaiting(): Promise<number> {
    return this.#outbox.backlog(PRIMARY).samples;
  }

  async stop(): Promise<void> {
    await this.#gateway.stop('it is measured', 0);
  }
}

class ObservedUplink implements Uplink {
  readonly #uplink: Uplink;
  readonly #onAcknowledged: (what: Acknowledged) => void;
  #onFirst: (() => void) | undefined;

  constructor(uplink: Uplink, { onFirst, onAcknowledged }: Pick<BenchGatewayOptions, 'onFirst' | 'onAcknowledged'>) {
    this.#uplink = uplink;
    this.#onFirst = onFirst;
    this.#onAcknowledged = onAcknowledged;
  }

  get name(): string {
    return this.#uplink.name;
  }

  get connected(): boolean {
    return this.#uplink.connected;
  }

  async start(onChange: () => void): Promise<void> {
    await this.#uplink.start(onChange);
  }

  async prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage> {
    const message = await this.#uplink.prepare(batch, form);
    const alerts = batch.kind === 'alerts' ? (JSON.parse(Buffer.from(batch.entries).toString()) as AlertEntry[]) : [];
    const acknowledged = { alerts, samples: batch.kind === 'samples' ? batch.records.length : 0 };
    return { bytes: message.bytes, send: async () => await this.#send(message, acknowledged) };
  }

  async stop(): Promise<void> {
    await this.#uplink.stop();
  }

  async #send(message: PreparedMessage, what: Acknowledged): Promise<PublishOutcome> {
    this.#onFirst?.();
    this.#onFirst = undefined;
    const outcome = await message.send();
    if (outcome.kind === 'acknowledged') this.#onAcknowledged(what);
    return outcome;
  }
}

/** What goes wrong with store or uplink is shown where a measurement fails. */
function complain(event: TelemetryEvent): void {
  if (/^(store|uplink)\./.test(event.event)) process.stderr.write(`${JSON.stringify(event)}\n`);
}
