/**
 * An uplink to a broker in memory, for tests of what stands before it. It keeps the port's contract, and the
 * test can cut the line, hold what is under way, have it refused, and read what has arrived.
 */
import { gzipSync } from 'node:zlib';
import type { AlertEntry, GapEntry, SampleEntry } from '../../src/domain/entries.ts';
import type { EncodedBatch } from '../../src/domain/record.ts';
import type { MessageForm, PreparedMessage, PublishOutcome, Uplink } from '../../src/ports.ts';
import { encodeMessage, MAX_PAYLOAD_BYTES, topicFor } from '../../src/uplink/message.ts';

/** A batch as its receiver has it: with the entries of the message for records. */
export type SentBatch = Omit<EncodedBatch, 'kind' | 'records' | 'entries'> &
  (
    | { readonly kind: 'samples'; readonly records: readonly SampleEntry[] }
    | { readonly kind: 'alerts'; readonly records: readonly AlertEntry[] }
    | { readonly kind: 'gaps'; readonly records: readonly GapEntry[] }
  );

export interface ArrivedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly batch: SentBatch;
  readonly form: MessageForm;
}

export interface MemoryUplinkOptions {
  readonly gateway?: string;
  readonly topicPrefix?: string;
  readonly maxPayloadBytes?: number;
  /** Whether the broker can be reached from the start; it can, if not said otherwise. */
  readonly reachable?: boolean;
}

/**
 * Where a held publish stops: before the broker has it, or after, when only the acknowledgement is missing. What
 * a cut loses has then not arrived, or has arrived all the same.
 */
export type Hold = 'messages' | 'acknowledgements';

interface UnderWay {
  readonly message: ArrivedMessage;
  readonly heldAt: Hold;
  /** Its answer, once it is let go. */
  readonly answer: PublishOutcome;
  readonly settle: (outcome: PublishOutcome) => void;
}

export class MemoryUplink implements Uplink {
  readonly name = 'memory';
  /** Everything the broker has taken, in order; what came twice is there twice. */
  readonly arrived: ArrivedMessage[] = [];
  readonly #gateway: string;
  readonly #topicPrefix: string;
  readonly #maxPayloadBytes: number;
  #reachable: boolean;
  #connected = false;
  /** Set between start and stop. */
  #onChange: (() => void) | undefined;
  #hold: Hold | undefined;
  #refusal: ((batch: SentBatch) => string | undefined) | undefined;
  #poison: ((batch: SentBatch) => boolean) | undefined;
  #underWay: UnderWay[] = [];

  constructor(options: MemoryUplinkOptions = {}) {
    this.#gateway = options.gateway ?? 'pitch-3';
    this.#topicPrefix = options.topicPrefix ?? 'iot/heartrate';
    this.#maxPayloadBytes = options.maxPayloadBytes ?? MAX_PAYLOAD_BYTES;
    this.#reachable = options.reachable ?? true;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** How many publishes have no outcome yet. */
  get underWay(): number {
    return this.#underWay.length;
  }

  async start(onChange: () => void): Promise<void> {
    this.#onChange = onChange;
    // Like a real one, it is connected only after start has returned.
    queueMicrotask(() => this.#follow());
  }

  async prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage> {
    const plain = encodeMessage(this.#gateway, batch);
    const payload = form === 'plain' ? plain : gzipSync(plain);
    const topic = topicFor(this.#topicPrefix, this.#gateway, batch.kind);
    const bytes = payload.length + topic.length + PUBLISH_OVERHEAD_BYTES;
    const spare = form === 'plain' ? batch.entries.buffer : undefined;
    const send = async () => {
      // The broker has a payload of its own.
      const outcome = await this.#send({ topic, payload: payload.slice(), batch: sentBatch(batch), form });
      return outcome.kind === 'acknowledged' && spare !== undefined ? { ...outcome, spare } : outcome;
    };
    return { bytes, send };
  }

  async stop(): Promise<void> {
    this.#follow(false);
    this.#onChange = undefined;
  }

  /** The line breaks: what is under way is lost. */
  cut(): void {
    this.#reachable = false;
    this.#follow();
  }

  /** The broker can be reached (again), and the uplink connects. */
  restore(): void {
    this.#reachable = true;
    this.#follow();
  }

  /** From now on publishes stop half-way, until released or cut. */
  hold(what: Hold): void {
    this.#hold = what;
  }

  /** Everything held goes on, and nothing is held any more. */
  release(): void {
    this.#hold = undefined;
    for (const { message, heldAt, answer, settle } of this.#underWay.splice(0)) {
      if (heldAt === 'messages' && answer.kind === 'acknowledged') this.arrived.push(message);
      settle(answer);
    }
  }

  /** From now on the broker takes none of these, for this reason; without a reason it takes everything again. */
  refuse(reason: string | undefined, which: (batch: SentBatch) => boolean = () => true): void {
    this.#refusal = reason === undefined ? undefined : (batch) => (which(batch) ? reason : undefined);
  }

  /** From now on the broker hangs up on whoever sends one of these, and can be reached again by `restore`. */
  hangUpOn(which: ((batch: SentBatch) => boolean) | undefined): void {
    this.#poison = which;
  }

  #send(message: ArrivedMessage): Promise<PublishOutcome> {
    if (!this.#connected) return Promise.resolve(lost('not connected'));
    const answer = this.#answerTo(message);
    if (answer.kind === 'acknowledged' && this.#poison?.(message.batch) === true) return this.#hangUp();
    const heldAt = this.#hold;
    if (heldAt !== 'messages' && answer.kind === 'acknowledged') this.arrived.push(message);
    if (heldAt === undefined) return Promise.resolve(answer);
    return new Promise((settle) => this.#underWay.push({ message, heldAt, answer, settle }));
  }

  #answerTo({ payload, batch }: ArrivedMessage): PublishOutcome {
    if (payload.length > this.#maxPayloadBytes) return { kind: 'too-large' };
    const reason = this.#refusal?.(batch);
    return reason === undefined ? { kind: 'acknowledged' } : { kind: 'refused', reason };
  }

  /** The message is under way while the line breaks, as are those before it that have no acknowledgement. */
  #hangUp(): Promise<PublishOutcome> {
    queueMicrotask(() => this.cut());
    return Promise.resolve(lost('the broker hung up'));
  }

  #follow(reachable = this.#reachable): void {
    const onChange = this.#onChange;
    const connected = reachable && onChange !== undefined;
    if (connected === this.#connected) return;
    this.#connected = connected;
    if (!connected) for (const { settle } of this.#underWay.splice(0)) settle(lost('the line was cut'));
    onChange?.();
  }
}

export function sentBatch({ entries, ...batch }: EncodedBatch): SentBatch {
  return { ...batch, records: JSON.parse(Buffer.from(entries).toString()) } as SentBatch;
}

/** Fixed header 5, topic length 2, packet id 2, properties 1. */
const PUBLISH_OVERHEAD_BYTES = 10;

function lost(reason: string): PublishOutcome {
  return { kind: 'lost', reason };
}
