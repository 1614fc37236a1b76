/**
 * How much goes through the gateway, measured over the last minute: points of what has come, waits and was written, noted
 * once a second and compared with the oldest that is kept. Where there is nothing to compare, nothing is known.
 */

/** Counts go up since the start of the gateway. */
export interface FlowPoint {
  /** Real monotonic time, ms. */
  readonly atMs: number;
  /** Readings that came. */
  readonly readings: number;
  /** Records that wait for each uplink; absent where nobody can tell. */
  readonly waiting: readonly (number | undefined)[];
  /** What the store has written, and how much of it are records; absent while nothing goes to the disk. */
  readonly written: { readonly bytes: number; readonly recordBytes: number } | undefined;
}

export interface FlowRates {
  readonly readingsPerSecond: number;
  /** By how many records a second each backlog shrinks; absent where it does not. */
  readonly drainsPerSecond: readonly (number | undefined)[];
  /** Absent where nothing goes to the disk, or another store has taken its place. */
  readonly writtenPerSecond?: number;
  /** What a reading takes in the store; absent where none came. */
  readonly bytesPerReading?: number;
}

const POINTS_MAX = 60;

/** A shorter time says nothing: readings are stored a second's worth at a time. */
const LEAST_MS = 10_000;

export class Flow {
  readonly #points: FlowPoint[] = [];

  note(point: FlowPoint): void {
    this.#points.push(point);
    if (this.#points.length > POINTS_MAX) this.#points.shift();
  }

  /** Undefined until enough time has gone by. */
  rates(): FlowRates | undefined {
    const [first] = this.#points;
    const last = this.#points.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < LEAST_MS) return undefined;
    const seconds = (last.atMs - first.atMs) / 1_000;
    const readings = last.readings - first.readings;
    return {
      readingsPerSecond: readings / seconds,
      drainsPerSecond: last.waiting.map((waits, index) => {
        const before = first.waiting[index];
        return waits === undefined || before === undefined || waits >= before ? undefined : (before - waits) / seconds;
      }),
      ...written(first, last, seconds, readings),
    };
  }
}

function written(
  { written: first }: FlowPoint,
  { written: last }: FlowPoint,
  seconds: number,
  readings: number,
): Pick<FlowRates, 'writtenPerSecond' | 'bytesPerReading'> {
  // A store that takes another's place begins to count anew.
  if (first === undefined || last === undefined || last.bytes < first.bytes) return {};
  const bytes = (last.recordBytes - first.recordBytes) / readings;
  return {
    writtenPerSecond: (last.bytes - first.bytes) / seconds,
    ...(readings > 0 && bytes > 0 ? { bytesPerReading: bytes } : {}),
  };
}
