/**
 * What memory the gateway's process and a worker's hold: with nobody in range, with seven links, with seven straps that
 * send twenty times a second, and after a crowd has passed by.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WORKER_RSS_MAX_BYTES } from '../../../device/radio/team/team-source.ts';
import type { Crowd, Passer } from '../../virtual-radio/crowd.ts';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';
import { type Figures, type Row, spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { type Resident, residentOf } from '../resident.ts';
import { Pitch, type PitchGateway } from './pitch.ts';
import { allSubscribed, strapsOf } from './team.ts';

const STRAPS = 7;

/** In the team, and never there: so the gateway goes on looking for somebody. */
const ABSENT = 'c0:9e:1a:00:00:ff';

const FAST_HZ = 20;
const PASSED_AT_A_TIME = 100;

interface Held {
  readonly gateway: Resident;
  readonly worker: Resident;
}

interface MemoryFigures {
  readonly idle: Held;
  readonly linked: Held;
  readonly fast: Held;
  /** With the seven links, once a second again. */
  readonly crowded: Held;
}

interface MemoryOptions {
  /** Of each of the four. */
  readonly seconds: number;
  readonly passers: number;
}

async function measureMemory({ seconds, passers }: MemoryOptions): Promise<MemoryFigures> {
  return await Pitch.with(async (pitch) => {
    const adapter = await pitch.radio.addAdapter();
    const straps = await pitch.radio.addStraps(strapsOf(STRAPS));
    for (const strap of straps) strap.stopAdvertising();
    const team = [...straps.map(({ address }) => address), ABSENT];
    const gateway = await pitch.start({ adapters: [adapter], straps: team });
    await adapter.until(({ isScanning }) => isScanning, 'scans');
    const after = async (): Promise<Held> => {
      await sleep(seconds * 1_000);
      return heldBy(gateway, adapter);
    };
    const idle = await after();
    for (const strap of straps) strap.startAdvertising();
    await allSubscribed(straps);
    const linked = await after();
    for (const strap of straps) strap.notifyAt(FAST_HZ);
    const fast = await after();
    for (const strap of straps) strap.notifyAt(1);
    await pass(await pitch.radio.addCrowd(), passers);
    return { idle, linked, fast, crowded: await after() };
  });
}

function heldBy(gateway: PitchGateway, adapter: VirtualAdapter): Held {
  return { gateway: residentOf(gateway.process.pid), worker: residentOf(gateway.workerOf(adapter)) };
}

async function pass(crowd: Crowd, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += PASSED_AT_A_TIME) {
    await crowd.pass(...Array.from({ length: PASSED_AT_A_TIME }, (_, index) => passerOf(passed + index)));
  }
}

/** Every one has an address of its own, as phones have that change theirs; every second one says it is a strap. */
function passerOf(number: number): Passer {
  const digits = number.toString(16).padStart(10, '0').match(/../g) ?? [];
  return { address: ['c1', ...digits].join(':'), heartRate: number % 2 === 0, connectable: false };
}

export function memoryPart(runs: number, options: MemoryOptions): Part {
  return {
    name: 'memory',
    rows: async (progress) => {
      const figures = await repeat(runs, () => measureMemory(options));
      progress('resident', figures);
      const mb = (of: (each: MemoryFigures) => number): Figures => spread(figures.map(of), 1);
      const passers = `${options.passers.toLocaleString('en')} passers-by`;
      const limit = `≤ ${WORKER_RSS_MAX_BYTES / 1e6}, or it is started anew`;
      const rows: Row[] = [
        { what: 'gateway process, nobody in range, MB', figures: mb(({ idle }) => idle.gateway.mb) },
        {
          what: '— added by seven straps at 1 Hz',
          figures: mb(({ idle, linked }) => linked.gateway.mb - idle.gateway.mb),
        },
        {
          what: '— added by seven straps at 20 Hz',
          figures: mb(({ idle, fast }) => fast.gateway.mb - idle.gateway.mb),
        },
        {
          what: `— added by seven straps and ${passers}`,
          figures: mb(({ idle, crowded }) => crowded.gateway.mb - idle.gateway.mb),
        },
        { what: '— its peak', figures: mb(({ crowded }) => crowded.gateway.peakMb) },
        { what: 'one worker, nobody in range, MB', goal: limit, figures: mb(({ idle }) => idle.worker.mb) },
        { what: '— seven links at 1 Hz', figures: mb(({ linked }) => linked.worker.mb) },
        { what: '— seven links at 20 Hz', figures: mb(({ fast }) => fast.worker.mb) },
        { what: `— seven links, after ${passers}`, figures: mb(({ crowded }) => crowded.worker.mb) },
        { what: '— its peak', figures: mb(({ crowded }) => crowded.worker.peakMb) },
      ];
      return rows;
    },
  };
}
