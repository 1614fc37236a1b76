/** What a backlog costs on the wire. */
import { spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { drainBeside } from './draining.ts';
import type { Stores } from './stores.ts';

/** No limit to be felt: it is there to count. */
const COUNTING = { bytesPerSecond: 1e9, delayMs: 0, bufferBytes: 1_000_000 };

interface WireOptions {
  readonly runs: number;
  readonly samples: number;
}

export function wirePart(stores: Stores, { runs, samples }: WireOptions): Part {
  return {
    name: 'wire',
    rows: async (progress) => {
      const of = async (compressed: boolean) =>
        await repeat(runs, async () => {
          const options = { samples, pace: COUNTING, compressed, live: false, atMostSeconds: 120 };
          const run = await drainBeside(stores, options);
          progress(compressed ? 'gzip' : 'plain', run);
          return run.wireBytes / run.samples;
        });
      return [
        {
          what: 'bytes on the wire for a sample of a backlog, gzip',
          goal: '≤ 40',
          figures: spread(await of(true), 1),
        },
        { what: '— without gzip', figures: spread(await of(false), 1) },
      ];
    },
  };
}
