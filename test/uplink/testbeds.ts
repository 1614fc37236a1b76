/** Uplinks with the brokers that the contract is tried on. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { encodedBatch } from '../../src/domain/entries.ts';
import type { EncodedBatch } from '../../src/domain/record.ts';
import type { Telemetry, Uplink } from '../../src/ports.ts';
import { SystemClock } from '../../src/system/clock.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { MqttUplink, type MqttUplinkOptions } from '../../src/uplink/mqtt.ts';
import { TIMING, type Timing } from '../../src/uplink/timing.ts';
import type { BrokerUnderControl, UplinkTestbed } from '../contract/uplink.ts';
import { Changes } from '../fixtures/changes.ts';
import { freePort } from '../fixtures/free-port.ts';
import { Mosquitto, type MosquittoOptions } from '../fixtures/mosquitto.ts';
import { type Arrived, Subscriber } from '../fixtures/subscriber.ts';

export const GATEWAY = 'pitch-3';
export const TOPIC_PREFIX = 'iot/heartrate';

/** Impatient, so that tests are quick; deadlines that a loaded machine must keep stay generous. */
export const QUICK: Timing = { ...TIMING, backOff: { minMs: 20, maxMs: 100 } };

/** What an uplink says, kept. */
export class Heard implements Telemetry {
  readonly events: TelemetryEvent[] = [];
  readonly #changes = new Changes();

  emit(event: TelemetryEvent): void {
    this.events.push(event);
    this.#changes.happened();
  }

  /** The reasons for which it was disconnected, as soon as there are so many. */
  async reasons(count = 1): Promise<string[]> {
    const reasons = () => this.events.flatMap((e) => (e.event === 'uplink.disconnected' ? [e.reason] : []));
    await this.#changes.until(() => reasons().length >= count, `it was not disconnected ${count} times`);
    return reasons();
  }
}

/** What every uplink is made with, and a place to listen to it. */
export function surroundings() {
  return {
    gateway: GATEWAY,
    topicPrefix: TOPIC_PREFIX,
    clock: new SystemClock(),
    random: Math.random,
    telemetry: new Heard(),
    timing: QUICK,
  };
}

/** A batch of gaps: one is the smallest there is. */
export const gap = (seq: number, count = 1): EncodedBatch =>
  encodedBatch({
    kind: 'gaps',
    epoch: 'k3f9',
    range: { after: seq - 1, through: seq + count - 1 },
    records: Array.from({ length: count }, (_, i) => {
      return { seq: seq + i, athlete: '7', fromMs: 0, toMs: 9_000, cause: 'link-lost' };
    }),
  });

/** An uplink over mqtt.js for the time of the body, and what it says. */
export async function withUplink(
  options: Partial<MqttUplinkOptions> & { url: string },
  body: (uplink: MqttUplink, telemetry: Heard) => Promise<void>,
): Promise<void> {
  const telemetry = new Heard();
  const uplink = new MqttUplink({ ...surroundings(), protocol: 5, telemetry, ...options });
  try {
    await body(uplink, telemetry);
  } finally {
    await uplink.stop();
  }
}

export async function mosquittoTestbed(
  open: (mosquitto: Mosquitto) => Uplink,
  options: MosquittoOptions = {},
): Promise<UplinkTestbed> {
  const mosquitto = await Mosquitto.create(options);
  const subscriber = new Subscriber(mosquitto.url);
  subscriber.start();
  const uplink = open(mosquitto);
  const broker: BrokerUnderControl = {
    start: async () => {
      await mosquitto.start();
      await subscriber.subscribed();
    },
    kill: () => mosquitto.kill(),
    freeze: () => mosquitto.freeze(),
    arrived: (count) => subscriber.waitFor((messages) => messages.length >= count),
  };
  return {
    uplink,
    gateway: GATEWAY,
    topicPrefix: TOPIC_PREFIX,
    broker,
    remove: async () => {
      await uplink.stop();
      await subscriber.stop();
      await mosquitto.remove();
    },
  };
}

export async function aedesTestbed(open: (url: string) => Uplink): Promise<UplinkTestbed> {
  const port = await freePort();
  const broker = new AedesBroker(port);
  const uplink = open(`mqtt://127.0.0.1:${port}`);
  return {
    uplink,
    gateway: GATEWAY,
    topicPrefix: TOPIC_PREFIX,
    broker,
    remove: async () => {
      await uplink.stop();
      await broker.kill();
    },
  };
}

class AedesBroker implements BrokerUnderControl {
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #arrived: Arrived[] = [];
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #frozen = false;

  constructor(port: number) {
    this.#port = port;
  }

  async start(): Promise<void> {
    this.#frozen = false;
    const aedes = await Aedes.createBroker({
      authorizePublish: (_client, { topic, payload }, goOn) => {
        if (this.#frozen) return;
        this.#arrived.push({ topic, payload: Buffer.from(payload) });
        goOn(null);
      },
    });
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      aedes.handle(socket);
    });
    this.#aedes = aedes;
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
  }

  async kill(): Promise<void> {
    const [aedes, server] = [this.#aedes, this.#server];
    this.#aedes = undefined;
    this.#server = undefined;
    if (aedes === undefined || server === undefined) return;
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(server, 'close');
    await new Promise<void>((resolve) => aedes.close(resolve));
  }

  freeze(): void {
    this.#frozen = true;
  }

  /** The acknowledgement comes after it has arrived, so a caller who has that need not wait. */
  async arrived(_count: number): Promise<readonly Arrived[]> {
    return this.#arrived;
  }
}
