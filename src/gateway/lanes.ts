/** The lanes of one uplink, the most urgent first, and what they have under way together. */
import type { RecordKind } from '../domain/record.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';
import { Lane } from './lane.ts';

/** Messages under way at once, beside those of the samples. With the most that a setting allows those, they make mosquitto's Receive Maximum of 20. */
const IN_FLIGHT = { alerts: 4, gaps: 2 } as const;

export class Lanes {
  readonly #inFlight: number;
  readonly #lanes: readonly Lane[] = (['alerts', 'gaps', 'live', 'backfill'] as const).map((name) => new Lane(name));

  /** @param inFlight messages of samples under way at once */
  constructor(inFlight: number) {
    this.#inFlight = inFlight;
  }

  [Symbol.iterator](): Iterator<Lane> {
    return this.#lanes[Symbol.iterator]();
  }

  /** How many messages have no answer yet. */
  get underWay(): number {
    return this.#lanes.reduce((sum, { flights }) => sum + flights.size, 0);
  }

  /** How many bytes those have. */
  get underWayBytes(): number {
    const flights = this.#lanes.flatMap((lane) => [...lane.flights]);
    return flights.reduce((sum, { sent }) => sum + sent.bytes, 0);
  }

  get isAloneUnderWay(): boolean {
    return this.#lanes.some(({ flights }) => [...flights].some(({ isAlone }) => isAlone));
  }

  /** Of the samples' messages one is kept for the live ones, where there are two. */
  get backfillMax(): number {
    return Math.max(1, this.#inFlight - 1);
  }

  isFull({ name, flights, goesOneByOne }: Lane): boolean {
    if (goesOneByOne && flights.size > 0) return true;
    if (name === 'alerts' || name === 'gaps') return flights.size >= IN_FLIGHT[name];
    const samples = this.#lanes.reduce((sum, lane) => sum + (lane.kind === 'samples' ? lane.flights.size : 0), 0);
    return samples >= (name === 'live' ? this.#inFlight : this.backfillMax);
  }

  /** What is on its way from the disk to the broker. It is asked at every turn of a drain: a generator is dear there. */
  busy(kind: RecordKind): SeqRange[] {
    const busy: SeqRange[] = [];
    for (const lane of this.#lanes) if (lane.kind === kind) lane.addBusy(busy);
    return busy;
  }

  /** Whatever was read and not sent is to be read again. */
  discard(): void {
    for (const lane of this.#lanes) lane.discard();
  }
}
