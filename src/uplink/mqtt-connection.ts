/** One connection of mqtt.js. Its own queue, store and reconnecting are left unused; its events only settle promises. */
import { Socket } from 'node:net';
import { connect, ErrorWithReasonCode, type IClientOptions, type IConnackPacket, type MqttClient, Store } from 'mqtt';
import { messageOf } from '../domain/errors.ts';
import type { Clock, PublishOutcome } from '../ports.ts';
import { type Connection, STOPPED } from './connection.ts';
import { InFlight } from './in-flight.ts';
import { connectRefusal, disconnectReason, hangUpReason, publishOutcome } from './reason-codes.ts';
import type { Timing } from './timing.ts';

export interface MqttConnectionOptions {
  /** What mqtt.js is to connect with; the client id among it. */
  readonly client: IClientOptions & { readonly clientId: string };
  readonly clock: Clock;
  readonly timing: Timing;
}

export class MqttConnection implements Connection {
  readonly opened: Promise<boolean>;
  readonly closed: Promise<string>;
  readonly #client: MqttClient;
  readonly #options: MqttConnectionOptions;
  readonly #inFlight: InFlight;
  #isOpen = false;
  #maximumPacketBytes = Number.POSITIVE_INFINITY;
  /** Why it ended: the first thing that was heard about it. */
  #reason: string | undefined;
  #ended: Promise<void> | undefined;

  static open(options: MqttConnectionOptions): MqttConnection {
    return new MqttConnection(connect({ ...options.client, outgoingStore: new SentIds() }), options);
  }

  private constructor(client: MqttClient, options: MqttConnectionOptions) {
    this.#client = client;
    this.#options = options;
    // An alert behind a large message would wait for the broker to acknowledge its last packet, which it may do 40 ms late.
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    this.#inFlight = new InFlight({
      clock: options.clock,
      ackTimeoutMs: options.timing.ackTimeoutMs,
      onOverdue: (reason) => this.#drop(reason),
    });
    // After some of its errors, a packet that it cannot parse among them, mqtt.js keeps a connection that is dead.
    client.on('error', (error) => this.#drop(this.#failure(error)));
    client.on('disconnect', ({ reasonCode }) => this.#drop(disconnectReason(reasonCode ?? 0, options.client.clientId)));
    this.opened = new Promise((resolve) => {
      client.once('connect', (connack) => resolve(this.#accept(connack)));
      client.once('close', () => resolve(false));
    });
    this.closed = new Promise((resolve) => {
      client.once('close', () => resolve(this.#settle()));
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get maximumPacketBytes(): number {
    return this.#maximumPacketBytes;
  }

  get isWritten(): boolean {
    return this.#client.stream.writableLength === 0;
  }

  async send(topic: string, payload: Uint8Array): Promise<PublishOutcome> {
    if (!this.#isOpen) return { kind: 'lost', reason: this.#reason ?? 'not connected' };
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    return await this.#inFlight.track((settle) => {
      this.#client.publish(topic, bytes, { qos: 1 }, (error) => settle(outcomeOf(error)));
    });
  }

  async end(): Promise<void> {
    this.#ended ??= this.#leave();
    await this.#ended;
  }

  async #leave(): Promise<void> {
    const { clock, timing } = this.#options;
    this.#because(STOPPED);
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#inFlight.loseAll(STOPPED);
    if (wasOpen) {
      const over = new AbortController();
      this.#client.end();
      await Promise.race([this.closed, clock.sleep(timing.stopTimeoutMs, over.signal)]);
      over.abort();
    }
    this.#client.stream.destroy();
    await this.closed;
  }

  #accept({ properties }: IConnackPacket): boolean {
    if (this.#reason !== undefined) return false;
    // mqtt.js keeps to neither of the two by itself.
    this.#maximumPacketBytes = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    this.#inFlight.limitTo(properties?.receiveMaximum ?? Number.POSITIVE_INFINITY);
    this.#isOpen = true;
    return true;
  }

  #because(reason: string): string {
    this.#reason ??= reason;
    return this.#reason;
  }

  #failure(error: Error | ErrorWithReasonCode): string {
    if (error instanceof ErrorWithReasonCode && !this.#isOpen) return connectRefusal(error.code);
    // A name with several addresses fails with one error for each, and no message over them.
    if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
    return messageOf(error);
  }

  #drop(reason: string): void {
    this.#because(reason);
    this.#client.stream.destroy();
  }

  #settle(): string {
    const { clientId } = this.#options.client;
    const silent = this.#isOpen ? hangUpReason(clientId) : 'the broker closed the connection before it answered';
    const reason = this.#because(silent);
    this.#isOpen = false;
    this.#inFlight.loseAll(reason);
    return reason;
  }
}

/**
 * What mqtt.js keeps of a publish until its PUBACK: a copy of the whole packet, to send it again over a later connection.
 * There is none here, so the copy is let go of at once: it would be half of what the garbage collector has to follow.
 */
class SentIds extends Store {
  override put(...[{ cmd, messageId }, stored]: Parameters<Store['put']>): this {
    return super.put({ cmd, messageId } as Parameters<Store['put']>[0], stored);
  }
}

function outcomeOf(error: Error | undefined): PublishOutcome {
  if (error === undefined || error === null) return { kind: 'acknowledged' };
  return error instanceof ErrorWithReasonCode ? publishOutcome(error.code) : { kind: 'lost', reason: messageOf(error) };
}
