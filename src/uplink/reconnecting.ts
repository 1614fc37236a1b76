/**
 * What every uplink does around its connections: opens one, waits for its end, waits the back-off, opens
 * the next, until stopped. It encodes, compresses and sends, and keeps no queue.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { messageOf } from '../domain/errors.ts';
import type { EncodedBatch } from '../domain/record.ts';
import type { Clock, MessageForm, PreparedMessage, PublishOutcome, Telemetry } from '../ports.ts';
import { backOffMs } from './back-off.ts';
import type { Connection } from './connection.ts';
import { encodeMessage, MAX_PAYLOAD_BYTES, topicFor } from './message.ts';
import type { Timing } from './timing.ts';

export interface ReconnectingOptions {
  /** How telemetry calls this uplink. */
  readonly name: string;
  readonly gateway: string;
  readonly topicPrefix: string;
  readonly clock: Clock;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly timing: Timing;
}

interface Sendable {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Of the whole packet. */
  readonly bytes: number;
  /** What the payload was made in, where it goes back to the store. */
  readonly spare: ArrayBuffer | undefined;
}

/** The most that a PUBLISH adds to topic and payload: fixed header 5, topic length 2, packet id 2, properties 1. */
const PUBLISH_OVERHEAD_BYTES = 10;

/** In zlib's own threads, so that the gateway's goes on. */
const compress = promisify(gzip);

export class Reconnecting {
  readonly #options: ReconnectingOptions;
  readonly #stopping = new AbortController();
  #connection: Connection | undefined;
  #running: Promise<void> | undefined;
  #onChange: () => void = () => {};
  /** What `onChange` was last called for, so that it is called on changes only. */
  #reported = false;

  constructor(options: ReconnectingOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  start(open: () => Connection, onChange: () => void): void {
    this.#onChange = onChange;
    this.#running = this.#run(open);
  }

  async prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage> {
    const { gateway, topicPrefix } = this.#options;
    const topic = topicFor(topicPrefix, gateway, batch.kind);
    const plain = encodeMessage(gateway, batch);
    const payload = form === 'plain' ? plain : await compress(plain);
    const bytes = payload.length + Buffer.byteLength(topic) + PUBLISH_OVERHEAD_BYTES;
    const spare = form === 'plain' ? batch.entries.buffer : undefined;
    return { bytes, send: () => this.#send({ topic, payload, bytes, spare }) };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connection?.end();
    await this.#running;
  }

  async #send({ topic, payload, bytes, spare }: Sendable): Promise<PublishOutcome> {
    const connection = this.#connection;
    if (connection === undefined || !connection.isOpen) return { kind: 'lost', reason: 'not connected' };
    if (payload.length > MAX_PAYLOAD_BYTES || bytes > connection.maximumPacketBytes) return { kind: 'too-large' };
    const outcome = await connection.send(topic, payload);
    // A broker may acknowledge what it has not yet heard to the end.
    const isSpare = outcome.kind === 'acknowledged' && spare !== undefined && connection.isWritten;
    return isSpare ? { ...outcome, spare } : outcome;
  }

  async #run(open: () => Connection): Promise<void> {
    const { name, clock, random, telemetry, timing } = this.#options;
    const stopping = this.#stopping.signal;
    let failures = 0;
    while (!stopping.aborted) {
      let openedAtMs = Number.POSITIVE_INFINITY;
      const reason = await this.#connect(open, () => {
        openedAtMs = clock.monotonicMs();
      });
      if (stopping.aborted) return;
      failures = clock.monotonicMs() - openedAtMs >= timing.heldMs ? 1 : failures + 1;
      const retryInMs = backOffMs(failures, timing.backOff, random);
      telemetry.emit({ event: 'uplink.disconnected', uplink: name, reason, retryInMs });
      await clock.sleep(retryInMs, stopping);
    }
  }

  /** Lives through one connection and resolves with why it ended. */
  async #connect(open: () => Connection, onOpen: () => void): Promise<string> {
    const { name, telemetry } = this.#options;
    let connection: Connection;
    try {
      connection = open();
    } catch (error) {
      // The libraries make their sockets at once, and a system may have none left.
      return messageOf(error);
    }
    this.#connection = connection;
    if (await connection.opened) {
      onOpen();
      telemetry.emit({ event: 'uplink.connected', uplink: name });
      this.#reportChange();
    }
    const reason = await connection.closed;
    this.#reportChange();
    return reason;
  }

  #reportChange(): void {
    if (this.connected === this.#reported) return;
    this.#reported = this.connected;
    this.#onChange();
  }
}
