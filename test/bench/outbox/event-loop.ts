/** Whether the gateway's main thread keeps turning while it delivers, also on a disk that takes its time. */
import { spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { drainBeside } from './draining.ts';
import type { Drained } from './job.ts';
import type { Stores } from './stores.ts';

/** Each is a commit of its own, so that the disk has something to do. */
const ALERT_EVERY_MS = 100;

type Delay = Pick<Drained, 'loopP99Ms' | 'loopMostMs'>;

export function eventLoopPart(stores: Stores, { runs, samples }: { runs: number; samples: number }): Part {
  return {
    name: 'event-loop',
    rows: async (progress) => {
      const of = async (slowSync: boolean) =>
        await repeat(runs, async () => {
          const job = { samples, live: true, compressed: false, alertEveryMs: ALERT_EVERY_MS, atMostSeconds: 60 };
          const { alertsMs, ...run } = await drainBeside(stores, { ...job, slowSync });
          progress(slowSync ? 'slow disk' : 'disk', { ...run, alerts: alertsMs.length });
          return run;
        });
      const [fast, slow] = [await of(false), await of(true)];
      const p99 = (runs: readonly Delay[]) =>
        spread(
          runs.map(({ loopP99Ms }) => loopP99Ms),
          1,
        );
      const most = (runs: readonly Delay[]) =>
        spread(
          runs.map(({ loopMostMs }) => loopMostMs),
          1,
        );
      return [
        { what: 'event-loop delay while a backlog drains, 99th percentile, ms', goal: '≤ 5', figures: p99(fast) },
        { what: '— the most', figures: most(fast) },
        { what: '— with fsyncs that take 50 ms longer, 99th percentile', goal: '≤ 5', figures: p99(slow) },
        { what: '— the most', figures: most(slow) },
      ];
    },
  };
}
