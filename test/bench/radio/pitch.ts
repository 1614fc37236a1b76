/**
 * What the radio is measured on: the virtual radio with its straps, a real broker, and the compiled gateway that runs
 * with a config which names virtual adapters.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../../src/domain/errors.ts';
import { Mosquitto } from '../../fixtures/mosquitto.ts';
import { type LogLine, SidelineProcess } from '../../fixtures/sideline-process.ts';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';
import { VirtualRadio } from '../../virtual-radio/virtual-radio.ts';
import { AirTime } from './air-time.ts';
import { Arrivals } from './arrivals.ts';
import { storedNumbers } from './stored.ts';

/** As the gateway's settings name it. */
export interface Adapter {
  readonly address: string;
}

export interface GatewaySpec {
  readonly adapters: readonly Adapter[];
  /** The addresses of the team's straps, with colons. */
  readonly straps: readonly string[];
}

/** How many lines of a gateway's log are shown when a measurement fails. */
const WORDS_MAX = 20;

/** For a gateway to stop in order. */
const STOP_MS = 15_000;

export class Pitch {
  readonly radio: VirtualRadio;
  readonly #folder: string;
  readonly #broker: Mosquitto;
  readonly #gateways: PitchGateway[] = [];
  readonly #airTimes: AirTime[] = [];

  /** Runs the body with everything at work, and takes it all away afterwards. */
  static async with<T>(body: (pitch: Pitch) => Promise<T>): Promise<T> {
    return await VirtualRadio.with(async (radio) => {
      const folder = await mkdtemp(join(tmpdir(), 'sideline-pitch-'));
      const broker = await Mosquitto.create();
      const pitch = new Pitch(radio, folder, broker);
      try {
        await broker.start();
        return await body(pitch);
      } catch (error) {
        throw new Error(`${messageOf(error)}\n${pitch.#words()}`, { cause: error });
      } finally {
        for (const gateway of pitch.#gateways) await gateway.stop();
        for (const airTime of pitch.#airTimes) await airTime.close();
        await broker.remove();
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  private constructor(radio: VirtualRadio, folder: string, broker: Mosquitto) {
    this.radio = radio;
    this.#folder = folder;
    this.#broker = broker;
  }

  /** Stands for the adapter in a gateway's settings. */
  async airTimeOf(adapter: VirtualAdapter): Promise<AirTime> {
    const airTime = await AirTime.of(adapter);
    this.#airTimes.push(airTime);
    return airTime;
  }

  /** The last that the gateways have said. */
  #words(): string {
    const logs = this.#gateways.map(({ process }) => process.log.slice(-WORDS_MAX).map(({ msg }) => msg));
    return logs.flat().join('\n');
  }

  /** A gateway with a store of its own, of which everything but adapters, uplink and athletes is left as it comes. */
  async start({ adapters, straps }: GatewaySpec): Promise<PitchGateway> {
    const folder = await mkdtemp(join(this.#folder, 'gateway-'));
    const athletes = straps.map((address, index) => `  - { id: "${index + 1}", strap: { address: "${address}" } }`);
    await writeFile(
      join(folder, 'athletes.yaml'),
      `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 200 }
athletes:
${athletes.join('\n')}
`,
    );
    await writeFile(
      join(folder, 'gateway.yaml'),
      `gateway: pitch
athletes: athletes.yaml
store: { path: outbox.db }
radio:
  adapters: ${JSON.stringify(adapters.map(({ address }) => address))}
uplink: { kind: mqtt, url: ${this.#broker.url} }
`,
    );
    const gateway = new PitchGateway(folder, await Arrivals.at(this.#broker.url));
    this.#gateways.push(gateway);
    return gateway;
  }
}

export class PitchGateway {
  readonly process: SidelineProcess;
  /** What has come through to a subscriber of the broker, which is after it was stored. */
  readonly arrivals: Arrivals;
  readonly #folder: string;
  #stopped: Promise<void> | undefined;

  constructor(folder: string, arrivals: Arrivals) {
    this.#folder = folder;
    this.arrivals = arrivals;
    this.process = new SidelineProcess(['run', '--config', join(folder, 'gateway.yaml')], {
      cwd: folder,
      // The sockets of its workers go where everything else of it is.
      env: { XDG_RUNTIME_DIR: folder },
    });
  }

  /** Resolves when the worker of each adapter has said that it is ready. */
  async ready(adapters: readonly Adapter[]): Promise<void> {
    const isReady = (address: string, log: readonly LogLine[]) =>
      log.some(({ event, adapter }) => event === 'radio.adapter-ready' && adapter === address);
    await this.process.logged((log) => adapters.every(({ address }) => isReady(address, log)), 'ready adapters');
  }

  /** The process that serves this adapter now. */
  workerOf(adapter: Adapter): number {
    const pid = this.#children().find((child) => argumentsOf(child).includes(adapter.address));
    if (pid === undefined) throw new Error(`${adapter.address} has no worker`);
    return pid;
  }

  /** Resolves when everything is stored and the process has ended. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  /** The numbers of the measurements that a gateway which has stopped has in its store, by strap, in their order. */
  async stored(): Promise<ReadonlyMap<string, readonly number[]>> {
    return await storedNumbers(join(this.#folder, 'outbox.db'));
  }

  async #stop(): Promise<void> {
    const workers = this.#children();
    this.process.kill('SIGTERM');
    const overdue = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    await this.process.ended();
    clearTimeout(overdue);
    await this.arrivals.stop();
    // A worker outlives a gateway that did not end in order.
    for (const worker of workers) if (argumentsOf(worker).includes('--ends-alone')) process.kill(worker, 'SIGKILL');
  }

  #children(): number[] {
    const { pid } = this.process;
    const children = contentOf(`/proc/${pid}/task/${pid}/children`).trim();
    return children === '' ? [] : children.split(' ').map(Number);
  }
}

function argumentsOf(pid: number): string[] {
  return contentOf(`/proc/${pid}/cmdline`).split('\0');
}

/** Nothing of a process that is gone. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
