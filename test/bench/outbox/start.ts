/** How long a start takes with a long backlog: of the store, up to its first sample, and of the whole program. */
import { freePort } from '../../fixtures/free-port.ts';
import { SidelineProcess } from '../../fixtures/sideline-process.ts';
import { spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { runJob } from './job-run.ts';
import { forget, type Stores } from './stores.ts';

export interface StartOptions {
  readonly runs: number;
  readonly samples: number;
}

export function startPart(stores: Stores, { runs, samples }: StartOptions): Part {
  return {
    name: 'start',
    rows: async (progress) =>
      await stores.withBacklog(samples, async (path) => {
        const seconds = async (what: string, measure: () => Promise<number>) =>
          await repeat(runs, async () => {
            const run = await measure();
            progress(what, run);
            return run;
          });
        const store = async () => (await runJob({ kind: 'start', path })).seconds;
        const cold = await seconds('cold', async () => {
          forget(path);
          return await store();
        });
        const warm = await seconds('warm', store);
        const program = await seconds('program', async () => {
          forget(path);
          return await programSeconds(path);
        });
        return [
          {
            what: `start with a backlog of ${samples.toLocaleString('en')}: opening the store to its first sample on the disk, s`,
            goal: '≤ 1',
            figures: spread(cold, 2),
          },
          { what: '— with the store in the page cache', figures: spread(warm, 2) },
          { what: '— exec to `gateway.started`, all of the program', figures: spread(program, 2) },
        ];
      }),
  };
}

/** Nobody answers at its uplink, so the backlog stays as it is. */
async function programSeconds(path: string): Promise<number> {
  const uplink = `mqtt://127.0.0.1:${await freePort()}`;
  const beginMs = performance.now();
  const gateway = new SidelineProcess(['simulate', '--count', '50', '--store', path, '--uplink', uplink]);
  try {
    await gateway.loggedEvent('gateway.started');
    return (performance.now() - beginMs) / 1000;
  } finally {
    await gateway.remove();
  }
}
