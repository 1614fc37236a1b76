/** The uplink to any MQTT broker, over mqtt.js: MQTT 5, or 3.1.1 (protocol 4) for brokers that know no newer one. */
import type { IClientOptions } from 'mqtt';
import { OperatingError } from '../domain/errors.ts';
import type { EncodedBatch } from '../domain/record.ts';
import type { Clock, MessageForm, PreparedMessage, Telemetry, Uplink } from '../ports.ts';
import { MqttConnection } from './mqtt-connection.ts';
import { Reconnecting } from './reconnecting.ts';
import { KEEP_ALIVE_S, TIMING, type Timing } from './timing.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';
import { checkTopic } from './topic-limits.ts';

export interface MqttUplinkOptions {
  /** The gateway's name: MQTT client id and part of every topic. */
  readonly gateway: string;
  readonly topicPrefix: string;
  /** `mqtt://host:1883`, or `mqtts://host:8883` with TLS; without user and password, since it appears in the log. */
  readonly url: string;
  /** 5 for MQTT 5, 4 for MQTT 3.1.1. */
  readonly protocol: 4 | 5;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsFiles;
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
    const client = this.#clientOptions();
    const timing = this.#timing;
    this.#reconnecting.start(() => MqttConnection.open({ client, clock, timing }), onChange);
  }

  async prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage> {
    return await this.#reconnecting.prepare(batch, form);
  }

  async stop(): Promise<void> {
    await this.#reconnecting.stop();
  }

  #clientOptions(): IClientOptions & { clientId: string } {
    const { gateway, protocol, username, password, tls } = this.#options;
    const url = parseUrl(this.#options.url);
    const secure = url.protocol === 'mqtts:';
    if (tls !== undefined && !secure) {
      throw misconfigured(
        `the uplink ${this.name} has TLS files but no TLS`,
        'write mqtts:// or remove the tls settings',
      );
    }
    const { ca, identity } = readTlsFiles(tls ?? {});
    // The address goes in as parts: from a URL mqtt.js would also take the client id.
    return {
      protocol: secure ? 'mqtts' : 'mqtt',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (secure ? 8883 : 1883) : Number(url.port),
      clientId: gateway,
      clean: true,
      protocolVersion: protocol,
      keepalive: KEEP_ALIVE_S,
      reconnectPeriod: 0,
      connectTimeout: this.#timing.connectTimeoutMs,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(ca === undefined ? {} : { ca }),
      ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.privateKey }),
    };
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['mqtt:', 'mqtts:'].includes(url.protocol) || url.hostname === '' || url.username !== '') {
    throw misconfigured(
      "the uplink's url is not a broker's address",
      'write mqtt://host:port or mqtts://host:port, and user and password apart from it',
    );
  }
  return url;
}

function misconfigured(message: string, remedy: string): OperatingError {
  return new OperatingError('uplink-misconfigured', message, { remedy });
}
