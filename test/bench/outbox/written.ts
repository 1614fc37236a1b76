/** What a sample costs the card over its whole life: stored, acknowledged, moved from the log into the database, evicted. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { ATHLETES } from './heartbeats.ts';
import { runJob } from './job-run.ts';
import type { Stores } from './stores.ts';
import { readWrites, type Writes, withWritesTold } from './strace.ts';

/** The smallest that the settings allow, so that it is full soon: with so many samples, by how many are in a commit. */
const MAX_BYTES = 16_000_000;
const FULL_WITH = { seconds: 250_000, singles: 150_000 };

export interface WrittenOptions {
  readonly runs: number;
  readonly samples: number;
  /** Where each is a commit of its own. */
  readonly singles: number;
}

interface Life {
  readonly group: number;
  /** So many that the store is full. */
  readonly before: number;
  readonly samples: number;
}

/** A sample. */
async function measureLife(stores: Stores, { group, before, samples }: Life): Promise<Writes> {
  const content = { samples: before, group, isDelivered: true, maxBytes: MAX_BYTES };
  return await stores.withFilled(content, async (path) => {
    const log = join(stores.folder, 'writes');
    const job = { kind: 'life', path, maxBytes: MAX_BYTES, from: before, to: before + samples, group } as const;
    await runJob(job, withWritesTold(log));
    const { givenBytes, deviceBytes, syncs } = await readWrites(log, dirname(path));
    rmSync(log);
    return { givenBytes: givenBytes / samples, deviceBytes: deviceBytes / samples, syncs: syncs / samples };
  });
}

export function writtenPart(stores: Stores, { runs, samples, singles }: WrittenOptions): Part {
  return {
    name: 'written',
    rows: async (progress) => {
      const of = async (life: Life) =>
        await repeat(runs, async () => {
          const run = await measureLife(stores, life);
          progress(`${life.group} a commit`, run);
          return run;
        });
      const seconds = await of({ group: ATHLETES, before: FULL_WITH.seconds, samples });
      const single = await of({ group: 1, before: FULL_WITH.singles, samples: singles });
      const part = seconds.map(({ deviceBytes }, run) => deviceBytes / (single[run]?.deviceBytes ?? Number.NaN));
      const bytes = (runs: readonly Writes[], which: 'deviceBytes' | 'givenBytes') =>
        spread(
          runs.map((run) => run[which]),
          0,
        );
      return [
        {
          what: 'bytes written to the device for a sample, whole life, 50 a second, window 1 s',
          goal: '≤ 600',
          figures: bytes(seconds, 'deviceBytes'),
        },
        { what: '— as given to pwrite', figures: bytes(seconds, 'givenBytes') },
        { what: '— to the device, one commit a sample', figures: bytes(single, 'deviceBytes') },
        {
          what: '— % of one commit a sample',
          goal: '≤ 5',
          figures: spread(
            part.map((each) => 100 * each),
            1,
          ),
        },
      ];
    },
  };
}
