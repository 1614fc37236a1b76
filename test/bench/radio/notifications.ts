/** How many notifications of seven straps, whose links are up, do not get into the store, and how many do twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { type Row, spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { Pitch } from './pitch.ts';
import { bareAddress } from './stored.ts';
import { allSubscribed, strapsOf } from './team.ts';

const STRAPS = 7;
const RATES = [1, 20] as const;

interface NotificationFigures {
  /** By the straps' controllers. */
  readonly confirmed: number;
  readonly lost: number;
  readonly twice: number;
  /** By the emulator itself, for want of a reader: were there any, the losses would not be the gateway's. */
  readonly dropped: number;
}

async function measureNotifications(hz: number, seconds: number): Promise<NotificationFigures> {
  return await Pitch.with(async (pitch) => {
    const adapter = await pitch.radio.addAdapter();
    const straps = await pitch.radio.addStraps(strapsOf(STRAPS, { hz }));
    const gateway = await pitch.start({ adapters: [adapter], straps: straps.map(({ address }) => address) });
    await allSubscribed(straps);
    await sleep(seconds * 1000);
    for (const strap of straps) strap.notifyAt(0);
    await Promise.all(straps.map(silent));
    await gateway.stop();
    return { ...compare(straps, await gateway.stored()), dropped: pitch.radio.dropped };
  });
}

/** Resolves when nothing is under way to the controller any more, and what it has passed on has been read. */
async function silent(strap: VirtualStrap): Promise<void> {
  const beat = 1_500;
  for (let confirmed = -1; confirmed !== strap.counts.confirmed; await sleep(beat)) confirmed = strap.counts.confirmed;
}

function compare(straps: readonly VirtualStrap[], stored: ReadonlyMap<string, readonly number[]>) {
  const figures = { confirmed: 0, lost: 0, twice: 0 };
  for (const { address, numbers } of straps) {
    const kept = stored.get(bareAddress(address)) ?? [];
    const distinct = new Set(kept);
    figures.confirmed += numbers.confirmed.length;
    figures.lost += numbers.confirmed.filter((number) => !distinct.has(number)).length;
    figures.twice += kept.length - distinct.size;
  }
  return figures;
}

/** @param runs so many, of so many seconds each, at each rate */
export function notificationsPart(runs: number, secondsEach: number): Part {
  return {
    name: 'notifications',
    rows: async (progress) => {
      const rows: Row[] = [];
      for (const hz of RATES) {
        const figures = await repeat(runs, () => measureNotifications(hz, secondsEach));
        progress(`${hz} a second`, figures);
        const of = (key: keyof NotificationFigures) =>
          spread(
            figures.map((each) => each[key]),
            0,
          );
        rows.push(
          {
            what: `notifications lost between strap and store, 7 straps × ${hz} Hz, links up`,
            goal: '0',
            figures: of('lost'),
          },
          {
            what: `— of so many that the straps’ controllers confirmed, in ${secondsEach} s`,
            figures: of('confirmed'),
          },
          { what: '— stored twice', goal: '0', figures: of('twice') },
        );
        if (figures.some(({ dropped }) => dropped > 0)) throw new Error('the emulator has thrown packets away');
      }
      return rows;
    },
  };
}
