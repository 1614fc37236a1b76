/** A backlog that is delivered to mosquitto by a gateway that lives on meanwhile. */
import { Mosquitto } from '../../fixtures/mosquitto.ts';
import { type Pace, PacedLink } from '../../fixtures/paced-link.ts';
import type { Drained, DrainJob } from './job.ts';
import { runJob } from './job-run.ts';
import type { Stores } from './stores.ts';
import { withSlowSync } from './strace.ts';

export interface DrainingOptions extends Pick<DrainJob, 'live' | 'compressed' | 'atMostSeconds' | 'alertEveryMs'> {
  readonly samples: number;
  /** Between the gateway and the broker; they are on one machine where it is absent. */
  readonly pace?: Pace;
  /** Whether each fsync takes 50 ms longer. */
  readonly slowSync?: boolean;
}

/** @returns what it came to, and where there is a pace the bytes that went over its link to the broker */
export async function drainBeside(stores: Stores, options: DrainingOptions): Promise<Drained & { wireBytes: number }> {
  const { samples, pace, slowSync = false, ...job } = options;
  return await stores.withBacklog(samples, async (path) => {
    const broker = await Mosquitto.create();
    const link = pace === undefined ? undefined : new PacedLink(broker.port, pace);
    try {
      await broker.start();
      await link?.open();
      const { url } = link ?? broker;
      const drained = await runJob({ kind: 'drain', path, url, tells: false, ...job }, slowSync ? withSlowSync() : []);
      return { ...drained, wireBytes: link?.bytesOut ?? Number.NaN };
    } finally {
      await link?.close();
      await broker.remove();
    }
  });
}
