/** Reads along at the broker: which strap's readings have come through the whole gateway, and when. */
import { connect, type MqttClient } from 'mqtt';
import { Changes } from '../../fixtures/changes.ts';
import { bareAddress } from './stored.ts';

export interface Arrival {
  /** Twelve hex digits. */
  readonly strap: string;
  /** Monotonic, as `performance.now()`: when it was here. */
  readonly atMs: number;
  /** When the worker had it, on the same clock as far as the wall clock keeps still. */
  readonly readMs: number;
}

interface Message {
  readonly samples?: readonly { readonly strap: string; readonly t: number }[];
}

export class Arrivals {
  readonly #client: MqttClient;
  readonly #changes = new Changes();
  readonly #all: Arrival[] = [];

  /** Resolves when everything from now on will be seen. */
  static async at(url: string): Promise<Arrivals> {
    const arrivals = new Arrivals(connect(url));
    await arrivals.#client.subscribeAsync('iot/heartrate/+/samples', { qos: 1 });
    return arrivals;
  }

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('error', () => {});
    client.on('message', (_, payload) => this.#take(JSON.parse(payload.toString('utf8')) as Message));
  }

  /** Of one strap, with colons or without, in their order, from this time on. */
  of(address: string, fromMs = 0): Arrival[] {
    const wanted = bareAddress(address);
    return this.#all.filter(({ strap, readMs }) => strap === wanted && readMs >= fromMs);
  }

  /** Resolves with the first reading of a strap that was read at this time or later. */
  async first(address: string, fromMs: number, patienceMs?: number): Promise<Arrival> {
    let found: Arrival | undefined;
    const look = () => {
      [found] = this.of(address, fromMs);
      return found !== undefined;
    };
    await this.#changes.until(look, `no reading of ${address}`, patienceMs);
    if (found === undefined) throw new Error('unreachable');
    return found;
  }

  /** The longest time between two readings of a strap in a row within these bounds, ms, by when they were read. */
  longestGapMs(address: string, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): number {
    const times = this.of(address)
      .map(({ readMs }) => readMs)
      .filter((readMs) => readMs >= fromMs - 1_500 && readMs <= toMs + 1_500);
    return Math.max(...times.slice(1).map((readMs, index) => readMs - (times[index] ?? readMs)));
  }

  async stop(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #take({ samples = [] }: Message): void {
    const atMs = performance.now();
    for (const { strap, t } of samples) this.#all.push({ strap, atMs, readMs: t - performance.timeOrigin });
    this.#changes.happened();
  }
}
