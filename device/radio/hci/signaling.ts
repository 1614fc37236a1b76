/**
 * A strap's wishes for its link (L2CAP signaling on LE, Bluetooth Core Specification, volume 3, part A, section 4).
 * Over the kernel the kernel answers them, and noble never does; over H4 they are answered here: a Polar H7 leaves
 * after 30 s when it is not given the interval that it wants.
 *
 * Invariant: at most one answer and one update of a link are under way.
 */

const CODE = { commandReject: 0x01, parameterRequest: 0x12, parameterResponse: 0x13, creditRequest: 0x14 } as const;

/** Requests, which are to be answered; the others are answers themselves. */
const REQUESTS: readonly number[] = [0x02, 0x04, 0x06, 0x08, 0x0a, CODE.creditRequest, 0x17, 0x19];

/** Units as in HCI: intervals of 1.25 ms, timeout of 10 ms. */
export interface UpdateParameters {
  readonly minInterval: number;
  readonly maxInterval: number;
  readonly latency: number;
  readonly timeout: number;
}

export type SignalVerdict =
  /** `update` where the link is to be given these parameters. */
  | { readonly kind: 'answer'; readonly payload: Buffer; readonly update?: UpdateParameters; readonly wish?: string }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'malformed'; readonly reason: string };

/**
 * What is fine for one heart rate a second: the strap must come by at least once a second, and no strap may take more
 * of the air than one exchange in 75 ms.
 */
const INTERVAL_LEAST = 75 / 1.25;
const INTERVAL_MOST = 1_000 / 1.25;
/** How many exchanges a strap may stay away from when it has nothing to say. */
const LATENCY_MOST = 4;

export class SignalingGuard {
  #answerOwed = false;
  #updating = false;

  /** An answer has left. */
  sent(): void {
    this.#answerOwed = false;
  }

  /** The controller has changed the link's parameters, or refused to. */
  updated(): void {
    this.#updating = false;
  }

  received(payload: Buffer): SignalVerdict {
    if (payload.length < 4) return malformed(`a signal of ${payload.length} bytes`);
    const code = payload.readUInt8(0);
    const identifier = payload.readUInt8(1);
    if (payload.readUInt16LE(2) !== payload.length - 4) return malformed('a signal of another length than it says');
    if (identifier === 0) return malformed('a signal with the identifier 0');
    if (code !== CODE.parameterRequest && !REQUESTS.includes(code)) return { kind: 'ignore' };
    if (this.#answerOwed) return malformed('a signal before the last was answered');
    if (code !== CODE.parameterRequest) return this.#answer([CODE.commandReject, identifier, 2, 0, 0, 0]);
    if (payload.length !== 12) return malformed(`a parameter request of ${payload.length} bytes, not 12`);
    return this.#wish(identifier, payload.subarray(4));
  }

  #wish(identifier: number, wanted: Buffer): SignalVerdict {
    const update = this.#updating ? undefined : acceptable(wanted);
    const rejected = update === undefined ? 1 : 0;
    this.#updating ||= update !== undefined;
    const answer = this.#answer([CODE.parameterResponse, identifier, 2, 0, rejected, 0]);
    return { ...answer, wish: describe(wanted), ...(update === undefined ? {} : { update }) };
  }

  #answer(bytes: readonly number[]): SignalVerdict & { readonly kind: 'answer' } {
    this.#answerOwed = true;
    return { kind: 'answer', payload: Buffer.from(bytes) };
  }
}

/** The part of the wish that is fine; undefined where there is none, or the wish is none by the specification. */
function acceptable(wanted: Buffer): UpdateParameters | undefined {
  const [minInterval, maxInterval, latency, timeout] = [0, 2, 4, 6].map((at) => wanted.readUInt16LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const isInterval = minInterval >= 6 && maxInterval <= 3_200 && minInterval <= maxInterval;
  const isTimeout = timeout >= 10 && timeout <= 3_200;
  // The link must outlast the longest silence that it allows, twice (volume 4, part E, section 7.8.18).
  const outlasts = timeout * 10 > (1 + latency) * maxInterval * 1.25 * 2;
  if (!isInterval || !isTimeout || !outlasts || latency > LATENCY_MOST) return undefined;
  if (maxInterval < INTERVAL_LEAST || maxInterval > INTERVAL_MOST) return undefined;
  return { minInterval: Math.max(minInterval, INTERVAL_LEAST), maxInterval, latency, timeout };
}

function describe(wanted: Buffer): string {
  const [min, max, latency, timeout] = [0, 2, 4, 6].map((at) => wanted.readUInt16LE(at));
  return `${(min ?? 0) * 1.25} to ${(max ?? 0) * 1.25} ms, latency ${latency}, timeout ${(timeout ?? 0) * 10} ms`;
}

function malformed(reason: string): SignalVerdict {
  return { kind: 'malformed', reason };
}
