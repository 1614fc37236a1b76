/**
 * What the sudden end of one adapter's worker costs: how long until each of its straps has been read again, and what
 * becomes of the straps on the other adapter. The adapter itself goes on, as a USB adapter does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { spread } from '../page.ts';
import { type Part, repeat, seconds } from '../part.ts';
import { Pitch, type PitchGateway } from './pitch.ts';
import { bareAddress } from './stored.ts';
import { allSubscribed, strapsOf } from './team.ts';

const STRAPS = 8;

/** Straps hear an adapter so strongly, or so weakly, in dBm: half of the team belongs to either. */
const NEAR = -55;
const FAR = -85;

/** Long enough for links to count as steady, and for a strap that is not back in time. */
const BEFORE_MS = 12_000;
const AFTER_MS = 20_000;

interface KillFigures {
  /** From the kill to the first reading of each strap of that adapter, ms; infinity for one that was not read again. */
  readonly backMs: readonly number[];
  /** From the kill until the adapter is on again, ms. */
  readonly readyMs: number;
  /** The longest time between two readings of a strap on the other adapter around the kill, ms; they come once a second. */
  readonly othersGapMs: number;
  /** Notifications of straps on the other adapter that are not in the store. */
  readonly othersLost: number;
}

async function measureKill(): Promise<KillFigures> {
  return await Pitch.with(async (pitch) => {
    const [killed, other] = [await adapterOf(pitch), await adapterOf(pitch)];
    const straps = await pitch.radio.addStraps(strapsOf(STRAPS));
    for (const [index, strap] of straps.entries()) {
      strap.stopAdvertising();
      killed.hear(strap.address, index % 2 === 0 ? NEAR : FAR);
      other.hear(strap.address, index % 2 === 0 ? FAR : NEAR);
    }
    const adapters = [killed, other];
    const gateway = await pitch.start({ adapters, straps: straps.map(({ address }) => address) });
    await gateway.ready(adapters);
    // Not before, or whichever is ready first takes them all.
    for (const strap of straps) strap.startAdvertising();
    await allSubscribed(straps);
    await sleep(BEFORE_MS);
    const linkedTo = (adapter: VirtualAdapter) => straps.filter(({ address }) => isLinked(adapter, address));
    const [orphans, others] = [linkedTo(killed), linkedTo(other)];
    const killMs = performance.now();
    process.kill(gateway.workerOf(killed), 'SIGKILL');
    const backMs = await Promise.all(orphans.map((strap) => backAfterMs(strap, killMs, gateway)));
    const readyMs = readyAfterMs(gateway, killed, killMs);
    await sleep(Math.max(0, killMs + AFTER_MS - performance.now()));
    const bounds = { fromMs: killMs, toMs: killMs + AFTER_MS };
    const othersGapMs = Math.max(...others.map(({ address }) => gateway.arrivals.longestGapMs(address, bounds)));
    for (const strap of others) strap.notifyAt(0);
    await sleep(2_000);
    await gateway.stop();
    return { backMs, readyMs, othersGapMs, othersLost: await lostOf(others, gateway) };
  });
}

async function adapterOf(pitch: Pitch): Promise<VirtualAdapter> {
  return await pitch.radio.addAdapter({ keepsLinks: true });
}

function isLinked(adapter: VirtualAdapter, address: string): boolean {
  return adapter.links.some((peer) => bareAddress(peer) === bareAddress(address));
}

async function backAfterMs({ address }: VirtualStrap, killMs: number, { arrivals }: PitchGateway): Promise<number> {
  try {
    // A reading that was under way may come a little later than the kill.
    const { readMs } = await arrivals.first(address, killMs + 50, AFTER_MS);
    return readMs - killMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function readyAfterMs(gateway: PitchGateway, adapter: VirtualAdapter, killMs: number): number {
  const times = gateway.process.log
    .filter((line) => line.event === 'radio.adapter-ready' && line['adapter'] === adapter.address)
    .map((line) => Date.parse(String(line['time'])) - performance.timeOrigin - killMs);
  return times.find((ms) => ms > 0) ?? Number.POSITIVE_INFINITY;
}

async function lostOf(straps: readonly VirtualStrap[], gateway: PitchGateway): Promise<number> {
  const stored = await gateway.stored();
  const lost = straps.flatMap(({ address, numbers }) => {
    const kept = new Set(stored.get(bareAddress(address)));
    return numbers.confirmed.filter((number) => !kept.has(number));
  });
  return lost.length;
}

export function workerKilledPart(runs: number): Part {
  return {
    name: 'worker-killed',
    rows: async (progress) => {
      const figures = await repeat(runs, measureKill);
      progress('kills', figures);
      const back = figures.flatMap(({ backMs }) => backMs);
      const ready = figures.map(({ readyMs }) => readyMs);
      const gaps = figures.map(({ othersGapMs }) => othersGapMs);
      return [
        {
          what: 'worker killed to the first reading of each of its straps, s',
          goal: '≤ 5',
          figures: spread(seconds(back), 2),
        },
        { what: '— to its adapter on again, s', figures: spread(seconds(ready), 2) },
        {
          what: '— longest pause of a strap on the other adapter meanwhile, s; it sends once a second',
          figures: spread(seconds(gaps), 2),
        },
        {
          what: '— notifications lost of straps on the other adapter',
          goal: '0',
          figures: spread(
            figures.map(({ othersLost }) => othersLost),
            0,
          ),
        },
      ];
    },
  };
}
