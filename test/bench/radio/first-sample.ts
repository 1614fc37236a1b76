/**
 * How long it takes from the first advertisement of a strap that is switched on while the gateway runs to its first
 * sample in the store. When a sample was stored nobody outside can tell: it is seen at a subscriber of the broker, to
 * whom nothing goes before it is committed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { type Row, spread } from '../page.ts';
import { type Part, type Progress, repeat, seconds } from '../part.ts';
import { Pitch, type PitchGateway } from './pitch.ts';
import { strapsOf } from './team.ts';

const STRAPS = 7;

/** In ms from the first advertisement. */
interface FirstSample {
  readonly subscribedMs: number;
  readonly notifiedMs: number;
  readonly storedMs: number;
}

interface FirstSampleFigures {
  /** The strap is switched on alone, while others are linked already. */
  readonly oneByOne: readonly FirstSample[];
  /** Seven at the same instant. */
  readonly together: readonly FirstSample[];
}

/** @param withAirTime what passes between adapter and straps takes the time that it takes on the air */
async function measureFirstSample(withAirTime: boolean): Promise<FirstSampleFigures> {
  return { oneByOne: await oneByOne(withAirTime), together: await together(withAirTime) };
}

async function oneByOne(withAirTime: boolean): Promise<FirstSample[]> {
  return await withTeam(withAirTime, async (straps, gateway) => {
    const samples: FirstSample[] = [];
    for (const strap of straps) {
      // At any time of the gateway's group commits.
      await sleep(2_000 + 1_000 * Math.random());
      samples.push(await switchOn(strap, gateway));
    }
    return samples;
  });
}

async function together(withAirTime: boolean): Promise<FirstSample[]> {
  return await withTeam(withAirTime, async (straps, gateway) => {
    await sleep(2_000);
    return await Promise.all(straps.map((strap) => switchOn(strap, gateway)));
  });
}

/** A gateway that is listening already, and straps that are off. */
async function withTeam<T>(
  withAirTime: boolean,
  body: (straps: readonly VirtualStrap[], gateway: PitchGateway) => Promise<T>,
): Promise<T> {
  return await Pitch.with(async (pitch) => {
    const adapter = await pitch.radio.addAdapter();
    const named = withAirTime ? await pitch.airTimeOf(adapter) : adapter;
    const straps = await pitch.radio.addStraps(strapsOf(STRAPS));
    for (const strap of straps) strap.stopAdvertising();
    const gateway = await pitch.start({ adapters: [named], straps: straps.map(({ address }) => address) });
    await adapter.until(({ isScanning }) => isScanning, 'scans');
    return await body(straps, gateway);
  });
}

async function switchOn(strap: VirtualStrap, gateway: PitchGateway): Promise<FirstSample> {
  const onMs = performance.now();
  strap.startAdvertising();
  await strap.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
  const subscribedMs = performance.now() - onMs;
  await strap.until(({ counts }) => counts.sent > 0, 'has notified');
  const notifiedMs = performance.now() - onMs;
  const { atMs } = await gateway.arrivals.first(strap.address, onMs);
  return { subscribedMs, notifiedMs, storedMs: atMs - onMs };
}

/** @param runs of seven straps each, alone and together; with the time on the air `airRuns` */
export function firstSamplePart({ runs, airRuns }: { runs: number; airRuns: number }): Part {
  return {
    name: 'first-sample',
    rows: async (progress) => [
      ...(await rowsOf(runs, { withAirTime: false }, progress)),
      ...(await rowsOf(airRuns, { withAirTime: true }, progress)),
    ],
  };
}

async function rowsOf(runs: number, { withAirTime }: { withAirTime: boolean }, progress: Progress): Promise<Row[]> {
  const figures = await repeat(runs, () => measureFirstSample(withAirTime));
  progress(withAirTime ? 'with time on the air' : 'without time on the air', figures);
  const alone = figures.flatMap(({ oneByOne }) => oneByOne);
  const last = figures.map(({ together }) => Math.max(...together.map(({ storedMs }) => storedMs)));
  const row = (what: string, milliseconds: number[]): Row => ({ what, figures: spread(seconds(milliseconds), 2) });
  const stored = alone.map(({ storedMs }) => storedMs);
  const subscribed = row(
    '— of that, to its subscription',
    alone.map(({ subscribedMs }) => subscribedMs),
  );
  const together = row('— of seven switched on at the same instant, the last one', last);
  if (withAirTime) return [row('— the same with time on the air', stored), subscribed, together];
  const goal = { goal: '≤ 2' };
  return [{ ...row('first advertisement to first stored sample, s', stored), ...goal }, subscribed, together];
}
