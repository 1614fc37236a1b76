/**
 * Which of the heart rates that straps advertise are readings.
 *
 * Invariants: a strap that was taken off and goes on advertising its last value gives none; an advertisement counts
 * once, however many adapters hear it; a strap gives one reading a second at most, and none while a link tells the
 * same heart's.
 *
 * Freshness is judged for each adapter by itself: a worker's library keeps old manufacturer data and tells it again
 * with a new stamp. What an adapter hears first, and first after a pause, is no reading, since nobody knows how old
 * the value is; only a change after that shows that the strap is measuring.
 */
import type { AthleteId, StrapId } from '../../../src/domain/sample.ts';
import type { HeartRateMeasurement } from '../../profiles/heart-rate.ts';

/** What a sighting brings, with the adapter that heard it. */
export interface BroadcastSighting {
  readonly adapter: string;
  readonly atMs: number;
  readonly strap: StrapId;
  readonly broadcast: {
    readonly format: string;
    readonly bpm: number;
    readonly contact: HeartRateMeasurement['contact'];
    readonly frameCounter?: number | undefined;
    readonly batteryLow?: boolean | undefined;
  };
}

export interface BroadcastReading {
  readonly monotonicMs: number;
  readonly measurement: HeartRateMeasurement;
  /** Where the strap tells it, the first time and whenever it has changed. */
  readonly batteryLow?: boolean;
}

/** Past it the strap heard longest ago is forgotten. Only the team's straps come here. */
const STRAPS_MAX = 1_000;

/** Straps measure once a second; a little earlier than that is the radio's jitter, and is made up for by the next. */
const EVERY_MS = 1_000;
const JITTER_MS = 500;

/** After such a pause a value may be an old one. */
const PAUSE_MS = 10_000;

/** Without a frame counter a steady heart and a stopped measurement look alike; for so long it is taken for steady. */
const STEADY_MS = 10_000;

/** So long after a reading over a link its broadcasts are the same reading. */
const LINKED_MS = 3_000;

/** The counter goes round in eight seconds; the same value within half of that is the same frame. */
const SAME_FRAME_MS = 4_000;

const NEVER = Number.NEGATIVE_INFINITY;

interface Hearing {
  readonly payload: string;
  readonly heardMs: number;
  /** When the payload last changed. */
  readonly changedMs: number;
}

interface Known {
  readonly hearings: Map<string, Hearing>;
  counted: string | undefined;
  countedMs: number;
  /** No reading before then. */
  nextMs: number;
  batteryLow: boolean | undefined;
}

export class BroadcastReadings {
  readonly #straps = new Map<StrapId, Known>();
  readonly #linkedMs = new Map<AthleteId, number>();

  /** The athlete's strap was subscribed to, or gave a reading over its link. */
  linked(athlete: AthleteId, monotonicMs: number): void {
    this.#linkedMs.set(athlete, monotonicMs);
  }

  /** @returns the reading, if it is one, of the athlete whose strap it is */
  take(sighting: BroadcastSighting, athlete: AthleteId, nowMs: number): BroadcastReading | undefined {
    const { strap, broadcast } = sighting;
    const heardMs = Math.min(sighting.atMs, nowMs);
    const known = this.#recall(strap);
    const isFresh = hear(known, sighting, heardMs);
    const linkedMs = this.#linkedMs.get(athlete) ?? NEVER;
    if (!isFresh || heardMs < known.nextMs || heardMs - linkedMs < LINKED_MS) return undefined;
    known.counted = payloadOf(broadcast);
    known.countedMs = heardMs;
    known.nextMs = Math.max(known.nextMs, heardMs - JITTER_MS) + EVERY_MS;
    const { bpm, contact, batteryLow } = broadcast;
    const reading = { monotonicMs: heardMs, measurement: { bpm, contact, energyKj: null, rrMs: [] } };
    if (batteryLow === undefined || batteryLow === known.batteryLow) return reading;
    known.batteryLow = batteryLow;
    return { ...reading, batteryLow };
  }

  #recall(strap: StrapId): Known {
    const known = this.#straps.get(strap) ?? unknown();
    this.#straps.delete(strap);
    this.#straps.set(strap, known);
    const [oldest] = this.#straps.keys();
    if (this.#straps.size > STRAPS_MAX && oldest !== undefined) this.#straps.delete(oldest);
    return known;
  }
}

/** Remembers it, and says whether it shows that the strap is measuring and has not been counted. */
function hear(known: Known, { adapter, broadcast }: BroadcastSighting, heardMs: number): boolean {
  const payload = payloadOf(broadcast);
  const before = known.hearings.get(adapter);
  const follows = before !== undefined && heardMs - before.heardMs <= PAUSE_MS;
  const isChanged = follows && before.payload !== payload;
  const changedMs = isChanged ? heardMs : follows ? before.changedMs : NEVER;
  known.hearings.set(adapter, { payload, heardMs, changedMs });
  if (heardMs <= known.countedMs) return false;
  if (broadcast.frameCounter === undefined) return heardMs - changedMs <= STEADY_MS;
  const isCounted = payload === known.counted && heardMs - known.countedMs < SAME_FRAME_MS;
  return isChanged && !isCounted;
}

/** What makes one advertisement another than the one before. */
function payloadOf({ format, bpm, contact, frameCounter }: BroadcastSighting['broadcast']): string {
  return frameCounter === undefined ? `${format} ${bpm} ${contact}` : `${format} #${frameCounter}`;
}

function unknown(): Known {
  return { hearings: new Map(), counted: undefined, countedMs: NEVER, nextMs: NEVER, batteryLow: undefined };
}
