/**
 * One connection of the AWS IoT SDK's MQTT 5 client. The SDK would reconnect by itself, but its full jitter
 * goes down to zero and so below the one CONNECT a second that AWS IoT Core takes: the client is stopped at the
 * first failure, which also makes it let go of the publishes that it would have kept for the next connection.
 */
import type { ICrtError, mqtt5 } from 'aws-iot-device-sdk-v2';
import { messageOf } from '../domain/errors.ts';
import type { Clock, PublishOutcome } from '../ports.ts';
import type { AwsIotSdk } from './aws-iot-sdk.ts';
import { type Connection, STOPPED } from './connection.ts';
import { InFlight } from './in-flight.ts';
import { connectRefusal, disconnectReason, hangUpReason, publishOutcome } from './reason-codes.ts';
import type { Timing } from './timing.ts';

export interface AwsIotConnectionOptions {
  readonly sdk: AwsIotSdk;
  readonly config: mqtt5.Mqtt5ClientConfig;
  readonly gateway: string;
  readonly clock: Clock;
  readonly timing: Timing;
}

export class AwsIotConnection implements Connection {
  readonly opened: Promise<boolean>;
  readonly closed: Promise<string>;
  readonly #client: mqtt5.Mqtt5Client;
  readonly #options: AwsIotConnectionOptions;
  readonly #inFlight: InFlight;
  readonly #ending = new AbortController();
  #isOpen = false;
  #maximumPacketBytes = Number.POSITIVE_INFINITY;
  #reason: string | undefined;

  static open(options: AwsIotConnectionOptions): AwsIotConnection {
    const client = new options.sdk.mqtt5.Mqtt5Client(options.config);
    const connection = new AwsIotConnection(client, options);
    client.start();
    return connection;
  }

  private constructor(client: mqtt5.Mqtt5Client, options: AwsIotConnectionOptions) {
    this.#client = client;
    this.#options = options;
    const { clock, timing, gateway } = options;
    // The SDK itself keeps to the broker's Receive Maximum.
    this.#inFlight = new InFlight({
      clock,
      ackTimeoutMs: timing.ackTimeoutMs,
      onOverdue: (reason) => this.#finish(reason),
    });
    client.on('error', (error) => this.#finish(messageOf(error)));
    client.on('connectionFailure', ({ error, connack }) =>
      this.#finish(connack === undefined ? messageOf(error) : connectRefusal(connack.reasonCode)),
    );
    client.on('disconnection', ({ error, disconnect }) =>
      this.#finish(
        disconnect === undefined ? hangUp(error, gateway) : disconnectReason(disconnect.reasonCode, gateway),
      ),
    );
    this.closed = this.#close();
    this.opened = new Promise((resolve) => {
      client.on('connectionSuccess', ({ settings }) => resolve(this.#accept(settings)));
      void this.closed.then(() => resolve(false));
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get maximumPacketBytes(): number {
    return this.#maximumPacketBytes;
  }

  /** What the SDK does with a payload is its own affair. */
  get isWritten(): boolean {
    return false;
  }

  async send(topicName: string, payload: Uint8Array): Promise<PublishOutcome> {
    if (!this.#isOpen) return { kind: 'lost', reason: this.#reason ?? 'not connected' };
    const qos = this.#options.sdk.mqtt5.QoS.AtLeastOnce;
    return await this.#inFlight.track((settle) => {
      this.#client.publish({ topicName, payload, qos }).then(
        (puback) => settle(publishOutcome(puback?.reasonCode ?? 0)),
        (error: unknown) => settle({ kind: 'lost', reason: messageOf(error) }),
      );
    });
  }

  async end(): Promise<void> {
    this.#finish(STOPPED);
    await this.closed;
  }

  #accept(settings: mqtt5.NegotiatedSettings): boolean {
    if (this.#reason !== undefined) return false;
    this.#maximumPacketBytes = settings.maximumPacketSizeToServer;
    this.#isOpen = true;
    return true;
  }

  /** The first reason ends it; whatever comes after only follows from that. */
  #finish(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#isOpen = false;
    this.#inFlight.loseAll(reason);
    this.#ending.abort();
  }

  async #close(): Promise<string> {
    const { clock, timing, sdk } = this.#options;
    const { signal } = this.#ending;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    const stopped = new AbortController();
    this.#client.on('stopped', () => stopped.abort());
    this.#client.stop({ reasonCode: sdk.mqtt5.DisconnectReasonCode.NormalDisconnection });
    await clock.sleep(timing.stopTimeoutMs, stopped.signal);
    // Without it the native client, its socket and the process live on.
    this.#client.close();
    return this.#reason ?? STOPPED;
  }
}

function hangUp(error: ICrtError, gateway: string): string {
  return error.error_name === 'AWS_ERROR_MQTT_UNEXPECTED_HANGUP' ? hangUpReason(gateway) : messageOf(error);
}
