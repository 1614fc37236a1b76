/** The uplink to any MQTT broker, over mqtt.js: MQTT 5, or 3.1.1 (protocol 4) for brokers that know no newer one. */
import type { EncodedBatch } from '../domain/record.ts';
import type { Clock, MessageForm, PreparedMessage, Telemetry, Uplink } from '../ports.ts';
import { type Broker, clientOptions } from './mqtt-client-options.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { Reconnecting } from './reconnecting.ts';
import { TIMING, type Timing } from './timing.ts';
import { checkTopic } from './topic-limits.ts';

export interface MqttUplinkOptions extends Omit<Broker, 'clientId'> {
  /** The gateway's name: MQTT client id and part of every topic. */
  readonly gateway: string;
  readonly topicPrefix: string;
  readonly clock: Clock;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly timing?: Partial<Timing>;
}

export class MqttUplink implements Uplink {
  readonly name: string;
  readonly #options: MqttUplinkOptions;
  readonly #timing: Timing;
  readonly #reconnecting: Reconnecting;

  constructor(options: MqttUplinkOptions) {
    this.name = options.url;
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#reconnecting = new Reconnecting({ ...options, name: this.name, timing: this.#timing });
  }

  get connected(): boolean {
    return this.#reconnecting.connected;
  }

  /** Throws `uplink-misconfigured` for a URL, topic or TLS file that cannot work. */
  async start(onChange: () => void): Promise<void> {
    const { clock, topicPrefix, gateway } = this.#options;
    checkTopic(topicPrefix, gateway);
    const timing = this.#timing;
    const client = clientOptions({ ...this.#options, clientId: gateway }, timing.connectTimeoutMs);
    this.#reconnecting.start(() => MqttConnection.open({ client, clock, timing }), onChange);
  }

  async prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage> {
    return await this.#reconnecting.prepare(batch, form);
  }

  async stop(): Promise<void> {
    await this.#reconnecting.stop();
  }
}
