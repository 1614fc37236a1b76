/** How long an alert takes from its sample to the broker's PUBACK while a backlog is delivered. */
import type { Pace } from '../../fixtures/paced-link.ts';
import { type Row, spread } from '../page.ts';
import { type Part, type Progress, repeat } from '../part.ts';
import { type DrainingOptions, drainBeside } from './draining.ts';
import { percentile } from './percentile.ts';
import type { Stores } from './stores.ts';

/** A phone's uplink: 4 Mbit/s, 50 ms there and back, and a router in which a quarter of a second may wait. */
const PHONE: Pace = { bytesPerSecond: 500_000, delayMs: 25, bufferBytes: 128_000 };

export interface AlertOptions {
  readonly runs: number;
  readonly samples: number;
  /** Over the phone, where the backlog would take minutes. */
  readonly phoneSeconds: number;
}

export function alertPart(stores: Stores, { runs, samples, phoneSeconds }: AlertOptions): Part {
  const job = { samples, live: true, compressed: false };
  return {
    name: 'alert',
    rows: async (progress) => [
      ...(await measure('loopback', '≤ 10', progress, { ...job, alertEveryMs: 23, atMostSeconds: 60 })),
      ...(await measure('4 Mbit/s, 50 ms there and back', '≤ 250', progress, {
        ...job,
        alertEveryMs: 47,
        atMostSeconds: phoneSeconds,
        pace: PHONE,
      })),
    ],
  };

  async function measure(way: string, goal: string, progress: Progress, options: DrainingOptions): Promise<Row[]> {
    const figures = await repeat(runs, async () => {
      const { alertsMs, ...run } = await drainBeside(stores, options);
      const figures = { perSecond: run.samples / run.seconds, alerts: alertsMs.length, alertsMs };
      const [halfMs, p99Ms, mostMs] = [0.5, 0.99, 1].map((part) => percentile(alertsMs, part));
      progress(way, { ...run, alerts: alertsMs.length, halfMs, p99Ms, mostMs });
      return figures;
    });
    const percentiles = (part: number) =>
      spread(
        figures.map(({ alertsMs }) => percentile(alertsMs, part)),
        1,
      );
    return [
      {
        what: `an alert’s sample to its PUBACK while a backlog of ${samples.toLocaleString('en')} drains, ${way}, 99th percentile, ms`,
        goal,
        figures: percentiles(0.99),
      },
      { what: '— half of them, ms', figures: percentiles(0.5) },
      {
        what: '— of so many alerts a run',
        figures: spread(
          figures.map(({ alerts }) => alerts),
          0,
        ),
      },
      {
        what: '— samples delivered a second meanwhile',
        figures: spread(
          figures.map(({ perSecond }) => perSecond),
          0,
        ),
      },
    ];
  }
}
