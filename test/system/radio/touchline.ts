/**
 * The whole gateway over the virtual radio: the compiled program as a process with its own workers, a config with
 * virtual adapters, a broker that is not there, and a store that is read when the program has ended.
 *
 * An athlete's id is the number of the strap.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gap } from '../../../src/domain/gap.ts';
import type { AthleteId, Sample } from '../../../src/domain/sample.ts';
import { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';
import { readAll } from '../../contract/outbox.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { type LogLine, SidelineProcess } from '../../fixtures/sideline-process.ts';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';
import { VirtualRadio } from '../../virtual-radio/virtual-radio.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { killWorkersBelow, untilNoWorkersBelow, workersBelow } from './worker-processes.ts';

export interface Stored {
  readonly samples: readonly Sample[];
  readonly gaps: readonly Gap[];
}

/** What is to stand in the two files beside what every run needs. */
export interface MoreSettings {
  readonly gateway?: Readonly<Record<string, unknown>>;
  /** In place of one that nobody ever crosses. */
  readonly rules?: Readonly<Record<string, unknown>>;
}

/** Much longer than workers go on without a gateway. */
const PATIENCE_MS = 90_000;

export class Touchline {
  readonly radio: VirtualRadio;
  readonly adapters: readonly VirtualAdapter[];
  readonly #folder: string;
  readonly #processes: SidelineProcess[] = [];

  static async with(adapterCount: number, body: (touchline: Touchline) => Promise<void>): Promise<void> {
    await VirtualRadio.with(async (radio) => {
      const adapters: VirtualAdapter[] = [];
      while (adapters.length < adapterCount) adapters.push(await radio.addAdapter());
      const touchline = new Touchline(radio, adapters, await mkdtemp(join(tmpdir(), 'sideline-touchline-')));
      try {
        await body(touchline);
      } finally {
        for (const process of touchline.#processes) await process.remove();
        killWorkersBelow(touchline.#folder);
        await rm(touchline.#folder, { recursive: true, force: true });
      }
    });
  }

  private constructor(radio: VirtualRadio, adapters: readonly VirtualAdapter[], folder: string) {
    this.radio = radio;
    this.adapters = adapters;
    this.#folder = folder;
  }

  /** Process ids of the radio workers that there are. */
  get workers(): number[] {
    return workersBelow(this.#folder);
  }

  async untilNoWorkers(): Promise<void> {
    await untilNoWorkersBelow(this.#folder, AbortSignal.timeout(PATIENCE_MS));
  }

  /** Starts the program for these straps, known by their names; over the store that there may be. */
  async run(straps: readonly VirtualStrap[], more: MoreSettings = {}): Promise<SidelineProcess> {
    const athletes = straps.map((strap) => ({ id: athleteOf(strap), strap: { name: strap.name } }));
    const gateway = {
      gateway: 'touchline',
      athletes: 'athletes.yaml',
      store: { path: 'outbox.db' },
      radio: { adapters: this.adapters.map(({ address }) => address) },
      uplink: { kind: 'mqtt', url: `mqtt://127.0.0.1:${await freePort()}` },
      ...more.gateway,
    };
    // JSON is YAML.
    const rules = more.rules ?? { high: { kind: 'average', window: '60s', above: 220 } };
    await writeFile(join(this.#folder, 'athletes.yaml'), JSON.stringify({ defaults: { rules }, athletes }));
    const config = join(this.#folder, 'gateway.yaml');
    await writeFile(config, JSON.stringify(gateway));
    const process = new SidelineProcess(['run', '--config', config], { env: { XDG_RUNTIME_DIR: this.#folder } });
    this.#processes.push(process);
    return process;
  }

  /** Ends the straps' links for good, so that everything that they have sent is on its way to the store; then stops. */
  async finish(process: SidelineProcess, straps: readonly VirtualStrap[]): Promise<Stored> {
    for (const strap of straps) {
      const before = countOf(process.log, 'strap.lost', strap);
      strap.stopAdvertising();
      strap.disconnect();
      await process.logged((log) => countOf(log, 'strap.lost', strap) > before, `${strap.name} has no link`);
    }
    process.kill('SIGTERM');
    const { code, stderr } = await process.ended();
    assert.equal(code, 0, stderr);
    assert.deepEqual(this.workers, [], 'the workers have ended with their gateway');
    return await this.stored();
  }

  /** Of a gateway that has ended. */
  async stored(): Promise<Stored> {
    const path = join(this.#folder, 'outbox.db');
    const outbox = SqliteOutbox.openHere({ path, maxBytes: 1e9, bootId: 'test', uplinks: ['test'] });
    try {
      const samples = await readAll(outbox, 'samples', 500, 'test');
      const gaps = await readAll(outbox, 'gaps', 100, 'test');
      return {
        samples: samples.flatMap((record) => ('rrMs' in record ? [record] : [])),
        gaps: gaps.flatMap((record) => ('cause' in record ? [record] : [])),
      };
    } finally {
      await outbox.close();
    }
  }
}

export function athleteOf({ name }: VirtualStrap): AthleteId {
  return name.slice(-2);
}

/** How often the program has said this of the strap's athlete. */
export function countOf(log: readonly LogLine[], event: string, strap: VirtualStrap): number {
  return log.filter((line) => line.event === event && line['athlete'] === athleteOf(strap)).length;
}

/** Resolves when each of them is sending, after it was not for this many times. */
export async function untilSubscribed(
  process: SidelineProcess,
  straps: readonly VirtualStrap[],
  times = 1,
): Promise<void> {
  for (const strap of straps) {
    await process.logged((log) => countOf(log, 'strap.subscribed', strap) >= times, `${strap.name} is sending`);
  }
}

/** The samples of the strap's athlete, in the order in which they were stored. */
export function samplesOf({ samples }: Stored, strap: VirtualStrap): Sample[] {
  return samples.filter(({ athlete }) => athlete === athleteOf(strap));
}
