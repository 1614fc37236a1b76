/**
 * How long straps wait to be subscribed to again after their links were lost: out of range until the supervision
 * timeout has passed and longer, or ended by the strap itself, in turn. Straps lose their links independently of each
 * other, so that some wait at the same time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { type Row, spread } from '../page.ts';
import { type Part, seconds } from '../part.ts';
import { NaiveCentral } from './naive-central.ts';
import { Pitch } from './pitch.ts';
import { allSubscribed, strapsOf, subscribedAfterMs } from './team.ts';

const STRAPS = 7;

/** How long a link is left to hold before it is lost, and how long a strap stays out of range after its link's end, ms. */
const HELD = { minMs: 3_000, maxMs: 20_000 };
const AWAY_MAX_MS = 4_000;

/** The gateway takes the end of a link that young for a failure. */
const STEADY_MS = 10_000;

/** A strap that is not subscribed to by then is given up. */
const PATIENCE_MS = 60_000;

interface Loss {
  readonly kind: 'out-of-range' | 'ended-by-strap';
  /** How long the link had held. */
  readonly heldMs: number;
  /** From the first advertisement after the loss; infinity when it never was. */
  readonly againMs: number;
  /** From the last moment when the strap was in range, or from the end of the link where the strap ended it. */
  readonly sinceLossMs: number;
}

interface ReconnectOptions {
  /** What passes between adapter and straps takes the time that it takes on the air. */
  readonly withAirTime: boolean;
}

async function measureReconnect(losses: number, { withAirTime }: ReconnectOptions): Promise<Loss[]> {
  return await Pitch.with(async (pitch) => {
    const adapter = await pitch.radio.addAdapter();
    const straps = await pitch.radio.addStraps(strapsOf(STRAPS));
    const named = withAirTime ? await pitch.airTimeOf(adapter) : adapter;
    await pitch.start({ adapters: [named], straps: straps.map(({ address }) => address) });
    return await loseAgainAndAgain(straps, losses);
  });
}

async function measureNaiveReconnect(losses: number): Promise<Loss[]> {
  return await Pitch.with(async ({ radio }) => {
    const adapter = await radio.addAdapter();
    const straps = await radio.addStraps(strapsOf(STRAPS));
    return await NaiveCentral.with(adapter, () => loseAgainAndAgain(straps, losses));
  });
}

async function loseAgainAndAgain(straps: readonly VirtualStrap[], losses: number): Promise<Loss[]> {
  await allSubscribed(straps);
  const rounds = Math.ceil(losses / straps.length);
  const all = await Promise.all(straps.map((strap, index) => loseOne(strap, { rounds, first: index })));
  return all.flat();
}

async function loseOne(strap: VirtualStrap, { rounds, first }: { rounds: number; first: number }): Promise<Loss[]> {
  const losses: Loss[] = [];
  for (let round = 0; round < rounds; round++) {
    const heldMs = HELD.minMs + (HELD.maxMs - HELD.minMs) * Math.random();
    await sleep(heldMs);
    const kind = (first + round) % 2 === 0 ? 'out-of-range' : 'ended-by-strap';
    const lossMs = performance.now();
    const backMs = await (kind === 'out-of-range' ? goAway(strap) : hangUp(strap));
    const againMs = await subscribedAfterMs(strap, backMs, PATIENCE_MS);
    losses.push({ kind, heldMs, againMs, sinceLossMs: againMs + backMs - lossMs });
    if (againMs === Number.POSITIVE_INFINITY) return losses;
  }
  return losses;
}

/** Both resolve with the time when the strap advertises again. */
async function goAway(strap: VirtualStrap): Promise<number> {
  strap.vanish();
  await strap.until(({ link }) => link === undefined, 'has lost its link');
  await sleep(AWAY_MAX_MS * Math.random());
  strap.comeBack();
  return performance.now();
}

async function hangUp(strap: VirtualStrap): Promise<number> {
  strap.disconnect();
  await strap.until(({ isAdvertising }) => isAdvertising, 'advertises again');
  return performance.now();
}

export function reconnectPart(losses: number): Part {
  return {
    name: 'reconnect',
    rows: async (progress) => {
      // Each has a virtual radio of its own, and hardly anything to do.
      const [ours, onAir, naive] = await Promise.all([
        measureReconnect(losses, { withAirTime: false }),
        measureReconnect(losses, { withAirTime: true }),
        measureNaiveReconnect(losses),
      ]);
      progress('the gateway', ours);
      progress('the gateway, with time on the air', onAir);
      progress('noble alone', naive);
      const neverAgain = naive.filter(({ againMs }) => againMs === Number.POSITIVE_INFINITY).length;
      const what = `reconnect after link loss, from advertising again to subscribed, s; ${ours.length} losses`;
      return [
        { ...row(what, ours), goal: 'median ≤ 3, most ≤ 10' },
        row(
          '— of links that had held for 10 s or longer',
          ours.filter(({ heldMs }) => heldMs >= STEADY_MS),
        ),
        row(
          '— of younger ones, which wait out a back-off',
          ours.filter(({ heldMs }) => heldMs < STEADY_MS),
        ),
        row('— all, with time on the air', onAir),
        row(
          `— noble alone, without it; ${naive.length} losses, ${neverAgain} straps never back within ${PATIENCE_MS / 1_000} s`,
          naive,
        ),
        since('from the loss of a link that the strap ended, s', ours, 'ended-by-strap'),
        since('— with time on the air', onAir, 'ended-by-strap'),
        since('from out of range for 6 s and up to 4 s more, s', ours, 'out-of-range'),
        since('— with time on the air', onAir, 'out-of-range'),
      ];
    },
  };
}

function row(what: string, losses: readonly Loss[]): Row {
  return { what, figures: spread(seconds(losses.map(({ againMs }) => againMs)), 2) };
}

function since(what: string, losses: readonly Loss[], wanted: Loss['kind']): Row {
  const ofKind = losses.filter(({ kind }) => kind === wanted);
  return { what, figures: spread(seconds(ofKind.map(({ sinceLossMs }) => sinceLossMs)), 2) };
}
