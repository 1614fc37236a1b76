/** The uplink to AWS IoT Core: MQTT 5 over mutual TLS, with AWS's own client. */
import { messageOf, OperatingError } from '../domain/errors.ts';
import type { EncodedBatch } from '../domain/record.ts';
import type { Clock, MessageForm, PreparedMessage, Telemetry, Uplink } from '../ports.ts';
import { AwsIotConnection } from './aws-iot-connection.ts';
import { type AwsIotSdk, loadAwsIotSdk } from './aws-iot-sdk.ts';
import { Reconnecting } from './reconnecting.ts';
import { KEEP_ALIVE_S, TIMING, type Timing } from './timing.ts';
import { type Identity, readIdentity, readTlsFiles } from './tls-files.ts';
import { checkAwsIotTopic } from './topic-limits.ts';

export interface AwsIotUplinkOptions {
  /** The gateway's name: MQTT client id, thing name and part of every topic. */
  readonly gateway: string;
  readonly topicPrefix: string;
  /** The account's data endpoint, `….iot.<region>.amazonaws.com`. */
  readonly endpoint: string;
  readonly port: number;
  /** Paths to PEM files. */
  readonly certificate: string;
  readonly privateKey: string;
  /** Whom to trust instead of the system's authorities, among which Amazon's are. */
  readonly ca?: string;
  readonly clock: Clock;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly timing?: Partial<Timing>;
}

/** How long a PINGREQ may go unanswered, ms. The SDK wants less than the keep-alive. */
const PING_TIMEOUT_MS = 10_000;

/** The SDK's own reconnecting is out of use: a client is stopped long before. */
const NEVER_MS = 24 * 60 * 60 * 1000;

export class AwsIotUplink implements Uplink {
  readonly name: string;
  readonly #options: AwsIotUplinkOptions;
  readonly #timing: Timing;
  readonly #reconnecting: Reconnecting;
  #stopped = false;

  constructor(options: AwsIotUplinkOptions) {
    this.name = `aws-iot ${options.endpoint}`;
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#reconnecting = new Reconnecting({ ...options, name: this.name, timing: this.#timing });
  }

  get connected(): boolean {
    return this.#reconnecting.connected;
  }

  /** Throws `uplink-misconfigured` for a topic or TLS file that cannot work, and on a 32-bit system. */
  async start(onChange: () => void): Promise<void> {
    const { topicPrefix, gateway, clock } = this.#options;
    checkAwsIotTopic(topicPrefix, gateway);
    const files = this.#readFiles();
    const sdk = await loadAwsIotSdk();
    if (this.#stopped) return;
    const config = this.#config(sdk, files);
    const timing = this.#timing;
    this.#reconnecting.start(() => AwsIotConnection.open({ sdk, config, gateway, clock, timing }), onChange);
  }

  async prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage> {
    return await this.#reconnecting.prepare(batch, form);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#reconnecting.stop();
  }

  #readFiles(): Identity & { ca: string | undefined } {
    const { certificate, privateKey, ca } = this.#options;
    return { ...readIdentity(certificate, privateKey), ca: readTlsFiles(ca === undefined ? {} : { ca }).ca };
  }

  /** Keeps the SDK's flow control for AWS IoT Core: 100 publishes and 512 KB a second. */
  #config({ iot, mqtt5 }: AwsIotSdk, { certificate, privateKey, ca }: Identity & { ca: string | undefined }) {
    const { endpoint, port, gateway } = this.#options;
    try {
      const builder = iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromMemory(
        endpoint,
        certificate,
        privateKey,
      );
      if (ca !== undefined) builder.withCertificateAuthority(ca);
      return builder
        .withPort(port)
        .withConnectProperties({ clientId: gateway, keepAliveIntervalSeconds: KEEP_ALIVE_S })
        .withSessionBehavior(mqtt5.ClientSessionBehavior.Clean)
        .withOfflineQueueBehavior(mqtt5.ClientOperationQueueBehavior.FailAllOnDisconnect)
        .withRetryJitterMode(mqtt5.RetryJitterType.None)
        .withMinReconnectDelayMs(NEVER_MS)
        .withMaxReconnectDelayMs(NEVER_MS)
        .withConnackTimeoutMs(this.#timing.connectTimeoutMs)
        .withPingTimeoutMs(PING_TIMEOUT_MS)
        .build();
    } catch (cause) {
      throw new OperatingError('uplink-misconfigured', `the AWS IoT SDK rejects the settings: ${messageOf(cause)}`, {
        remedy: 'check the uplink’s endpoint, port, certificate and private_key',
        cause,
      });
    }
  }
}
