/**
 * What a strap that advertises and never lets itself be connected costs the others: by how much longer a strap waits
 * that is switched on just when the hanging attempt begins, and how late the readings of linked straps come meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WORKER_TIMING } from '../../../device/radio/worker/timing.ts';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { spread } from '../page.ts';
import { type Part, seconds } from '../part.ts';
import { HungStrap } from './hung-strap.ts';
import { NaiveCentral } from './naive-central.ts';
import { Pitch } from './pitch.ts';
import { allSubscribed, strapsOf, subscribedAfterMs } from './team.ts';

const HUNG = { name: 'Polar H10 00000099', address: 'c0:9e:1a:00:00:99' };
const LINKED = 3;

/** The longest back-off of a strap that keeps failing, and a while. */
const NEXT_ATTEMPT_MS = 60_000;

/** By then an attempt at a strap that has stopped advertising is over. */
const OVER_MS = 10_000;

/** A link that has held that long is no reason to wait before the next one. */
const STEADY_MS = 12_000;

interface HungFigures {
  /** From switching a strap on to its subscription, where nothing hangs, ms. */
  readonly aloneMs: number;
  /** The same when another strap's attempt has just begun to hang; infinity when it never was. */
  readonly besideMs: number;
  /** The longest time between two readings of a strap that was linked already; they come once a second. */
  readonly othersGapMs: number;
}

async function measureHungConnect(times: number): Promise<HungFigures[]> {
  return await Pitch.with(async (pitch) => {
    const adapter = await pitch.radio.addAdapter();
    const straps = await pitch.radio.addStraps(strapsOf(LINKED + 1));
    const team = [...straps.map(({ address }) => address), HUNG.address];
    const { waiting, linked } = split(straps);
    waiting.stopAdvertising();
    const gateway = await pitch.start({ adapters: [adapter], straps: team });
    await allSubscribed(linked);
    const hung = await openHung(pitch);
    try {
      const figures: HungFigures[] = [];
      for (let time = 0; time < times; time++) {
        const aloneMs = await switchOnAndOff(waiting, 10_000);
        const fromMs = performance.now();
        const besideMs = await besideHung({ adapter, hung, waiting }, 30_000);
        await sleep(OVER_MS);
        const bounds = { fromMs, toMs: performance.now() };
        const gaps = linked.map(({ address }) => gateway.arrivals.longestGapMs(address, bounds));
        figures.push({ aloneMs, besideMs, othersGapMs: Math.max(...gaps) });
      }
      return figures;
    } finally {
      hung.close();
    }
  });
}

/** How long a strap waits beside a hanging attempt of noble's own; it is looked at for this long. */
async function measureNaiveHungConnect(patienceMs: number): Promise<number> {
  return await Pitch.with(async (pitch) => {
    const adapter = await pitch.radio.addAdapter();
    const straps = await pitch.radio.addStraps(strapsOf(LINKED + 1));
    const { waiting, linked } = split(straps);
    waiting.stopAdvertising();
    const hung = await openHung(pitch);
    try {
      return await NaiveCentral.with(adapter, async () => {
        await allSubscribed(linked);
        return await besideHung({ adapter, hung, waiting }, patienceMs);
      });
    } finally {
      hung.close();
    }
  });
}

function split(straps: readonly VirtualStrap[]) {
  const [waiting, ...linked] = straps;
  if (waiting === undefined) throw new Error('there are no straps');
  return { waiting, linked };
}

async function openHung({ radio }: Pitch): Promise<HungStrap> {
  const hung = new HungStrap(HUNG);
  await hung.open(radio.address.replace(/^h4:unix:/, ''));
  return hung;
}

interface Beside {
  readonly adapter: VirtualAdapter;
  readonly hung: HungStrap;
  readonly waiting: VirtualStrap;
}

async function besideHung({ adapter, hung, waiting }: Beside, patienceMs: number): Promise<number> {
  hung.start();
  try {
    await attemptOf(adapter, hung);
    return await switchOnAndOff(waiting, patienceMs);
  } finally {
    hung.stop();
  }
}

/** Resolves when the adapter has just begun to connect to it. */
async function attemptOf(adapter: VirtualAdapter, { address }: HungStrap): Promise<void> {
  const endMs = performance.now() + NEXT_ATTEMPT_MS;
  for (;;) {
    try {
      await adapter.until(({ connectingTo }) => connectingTo === address, 'connects to the strap that hangs');
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
  }
}

/** How long it waits for its subscription; then it is off again. */
async function switchOnAndOff(strap: VirtualStrap, patienceMs: number): Promise<number> {
  const onMs = performance.now();
  strap.startAdvertising();
  const waitedMs = await subscribedAfterMs(strap, onMs, patienceMs);
  strap.stopAdvertising();
  if (waitedMs === Number.POSITIVE_INFINITY) return waitedMs;
  await sleep(STEADY_MS);
  strap.disconnect();
  await strap.until(({ link }) => link === undefined, 'has no link any more');
  return waitedMs;
}

export function hungConnectPart({ times, naivePatienceMs }: { times: number; naivePatienceMs: number }): Part {
  return {
    name: 'hung-connect',
    rows: async (progress) => {
      const figures = await measureHungConnect(times);
      progress('the gateway', figures);
      const naiveMs = await measureNaiveHungConnect(naivePatienceMs);
      progress('noble alone', naiveMs);
      const cost = figures.map(({ aloneMs, besideMs }) => besideMs - aloneMs);
      const timer = `≤ ${WORKER_TIMING.connectMs / 1_000}, its timer`;
      const gaps = figures.map(({ othersGapMs }) => othersGapMs);
      return [
        {
          what: 'a hung connect’s cost to a strap that waits to be connected, s',
          goal: timer,
          figures: spread(seconds(cost), 1),
        },
        { what: `— noble alone, looked at for ${naivePatienceMs / 1_000} s`, figures: spread(seconds([naiveMs]), 2) },
        {
          what: '— longest pause of a linked strap meanwhile, s; it sends once a second',
          figures: spread(seconds(gaps), 2),
        },
      ];
    },
  };
}
