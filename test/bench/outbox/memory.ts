/** What memory the whole program holds: fifty simulated straps are in its process, and the store has its thread in it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Mosquitto } from '../../fixtures/mosquitto.ts';
import { SidelineProcess } from '../../fixtures/sideline-process.ts';
import { type Row, spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { type Resident, residentOf } from '../resident.ts';
import { ATHLETES } from './heartbeats.ts';
import type { Stores } from './stores.ts';

export interface MemoryOptions {
  readonly runs: number;
  readonly liveSeconds: number;
  readonly backlogs: readonly number[];
  /** How long a backlog is delivered, if it is not over before. */
  readonly drainSeconds: number;
}

interface Held extends Resident {
  /** How many records wait in the end. */
  readonly waiting: number;
}

async function measureGateway(path: string, seconds: number): Promise<Held> {
  const broker = await Mosquitto.create();
  let gateway: SidelineProcess | undefined;
  try {
    await broker.start();
    const args = ['--count', String(ATHLETES), '--no-faults', '--uplink', broker.url, '--store', path];
    gateway = new SidelineProcess(['simulate', ...args]);
    await gateway.loggedEvent('gateway.started');
    await sleep(seconds * 1000);
    const resident = residentOf(gateway.pid);
    gateway.kill('SIGTERM');
    await gateway.ended();
    return {
      ...resident,
      waiting: Number(gateway.log.findLast(({ event }) => event === 'gateway.stopped')?.['backlog']),
    };
  } finally {
    await gateway?.remove();
    await broker.remove();
  }
}

export function memoryPart(stores: Stores, { runs, liveSeconds, backlogs, drainSeconds }: MemoryOptions): Part {
  return {
    name: 'memory',
    rows: async (progress) => {
      const live = await repeat(runs, async () => {
        const run = await stores.withEmpty((path) => measureGateway(path, liveSeconds));
        progress('live', run);
        return run;
      });
      const rows: Row[] = [
        { what: 'resident memory, 50 straps live, MB', goal: '≤ 100', figures: mb(live.map((run) => run.mb)) },
        { what: '— its peak', figures: mb(live.map((run) => run.peakMb)) },
      ];
      const peaks: number[][] = [];
      for (const backlog of backlogs) {
        const held = await repeat(runs, async () => {
          const run = await stores.withBacklog(backlog, (path) => measureGateway(path, drainSeconds));
          progress(`backlog of ${backlog}`, run);
          return run;
        });
        const peak = held.map((run) => run.peakMb);
        peaks.push(peak);
        const what = `— its peak while a backlog of ${backlog.toLocaleString('en')} drains, MB`;
        rows.push({ what, goal: '≤ 150', figures: mb(peak) });
      }
      const [fewer = [], more = []] = peaks;
      const added = more.map((peakMb, run) => peakMb - (fewer[run] ?? Number.NaN));
      rows.push({ what: '— what the longer one adds to it, MB', goal: '0', figures: mb(added) });
      return rows;
    },
  };
}

function mb(values: readonly number[]) {
  return spread(values, 1);
}
