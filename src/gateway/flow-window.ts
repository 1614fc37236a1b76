/**
 * How many bytes may be under way without an acknowledgement: about as many as the link holds, which is its bandwidth
 * times its round trip, both measured as it runs. With more, an alert would wait behind what is queued in the network
 * card, the modem and the access point; with fewer, the link would idle.
 *
 * The measuring is that of BBR (Cardwell et al., ACM Queue 14(5), 2016): each acknowledgement is a sample of the rate
 * at which bytes are delivered, and of the round trip. The highest rate of the last rounds is the bandwidth, the
 * shortest round trip of the last ten seconds the link's own; after ten seconds without a shorter one the window is
 * halved for a round, so that the queue runs empty and the round trip shows again. A message is acknowledged when all
 * of it has arrived, so the window holds two messages more than the link does.
 *
 * One window for each connection: the next one may go another way, and begins small.
 */

/** One message under way, as the window remembers it. */
export interface SentMessage {
  readonly bytes: number;
  readonly atMs: number;
  /** When the oldest message under way at that time was sent, ms. */
  readonly firstAtMs: number;
  /** What was delivered until then, and when the last of it was. */
  readonly deliveredBytes: number;
  readonly deliveredAtMs: number;
  /** Whether there was more room than there was to send: its rate says nothing about the link. */
  readonly isLimited: boolean;
  readonly isProbe: boolean;
}

/** Before anything is measured: the ten packets that TCP itself begins with are twice as much. */
const FIRST_WINDOW_BYTES = 8_192;

/** At most what AWS IoT Core takes, with room for records that are longer than those before them. */
const BATCH_BYTES = { least: 1_024, first: 2_048, most: 120_000 } as const;

/** A message is to be on the link for so long, ms: what has to be waited for when something more urgent comes. */
const BATCH_MS = 20;

/** Or this part of what the link holds, on a long one, where it takes too many messages otherwise. */
const BATCH_PART = 1 / 5;

/** As many messages as may be under way have to hold so much more than the link, so that the window can grow. */
const GROWTH = 1.4;

const ROUNDS = 6;
const RATE_HOLDS_MS = 1_000;
const ROUND_TRIP_HOLDS_MS = 10_000;

/** More than the link holds: acknowledgements are now and then late, and a link that has become faster shows. */
const STEADY_PART = 1.25;

/** A round trip that is so much longer is that of another way. */
const OTHER_WAY = 2;

/** Starting ends when the rate has not risen by a quarter for three rounds. */
const RISE = 1.25;
const FLAT_ROUNDS = 3;

export class FlowWindow {
  readonly #batchPart: number;
  #phase: 'start-up' | 'steady' | 'probe' = 'start-up';
  #inFlightBytes = 0;
  #deliveredBytes = 0;
  #deliveredAtMs = 0;
  #firstAtMs = 0;
  /** Until so much is delivered, what is sent is less than there was room for. */
  #limitedThroughBytes = -1;
  #round = 0;
  #roundEndBytes = 0;
  /** The rates of the last rounds that no later one has exceeded, bytes/ms; the highest is the first. */
  #rates: { readonly round: number; readonly atMs: number; readonly rate: number }[] = [];
  #rate = 0;
  #roundTrip: { readonly ms: number; readonly atMs: number } | undefined;
  #risenRate = 0;
  #flatRounds = 0;

  /** @param messagesMax how many messages that are not urgent may be under way */
  constructor(messagesMax: number) {
    this.#batchPart = Math.max(BATCH_PART, GROWTH / messagesMax);
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** How many bytes may be under way. */
  get bytes(): number {
    const holds = this.#linkBytes;
    if (holds === 0) return FIRST_WINDOW_BYTES;
    if (this.#phase === 'probe') return holds / 2;
    const room = 2 * this.batchBytes;
    if (this.#phase === 'steady') return STEADY_PART * holds + room;
    return Math.max(FIRST_WINDOW_BYTES, 2 * holds + room);
  }

  /** How large a message of what is not urgent should be. */
  get batchBytes(): number {
    const holds = this.#linkBytes;
    if (holds === 0) return BATCH_BYTES.first;
    const wanted = Math.max(this.#rate * BATCH_MS, holds * this.#batchPart);
    return Math.min(BATCH_BYTES.most, Math.max(BATCH_BYTES.least, wanted));
  }

  /** Whether a message of this size may go. One always may, however slow the link. */
  fits(bytes: number): boolean {
    return this.#inFlightBytes === 0 || this.#inFlightBytes + bytes <= this.bytes;
  }

  /** There is room, and nothing to send. */
  idle(): void {
    this.#limitedThroughBytes = this.#deliveredBytes + this.#inFlightBytes;
  }

  /** To be told of every message, also of those that do not wait for the window. */
  sent(bytes: number, nowMs: number): SentMessage {
    if (this.#inFlightBytes === 0) {
      this.#firstAtMs = nowMs;
      this.#deliveredAtMs = nowMs;
    }
    this.#inFlightBytes += bytes;
    return {
      bytes,
      atMs: nowMs,
      firstAtMs: this.#firstAtMs,
      deliveredBytes: this.#deliveredBytes,
      deliveredAtMs: this.#deliveredAtMs,
      isLimited: this.#deliveredBytes <= this.#limitedThroughBytes,
      isProbe: this.#phase === 'probe',
    };
  }

  /** The broker has answered it. */
  answered(sent: SentMessage, nowMs: number): void {
    this.#inFlightBytes -= sent.bytes;
    this.#deliveredBytes += sent.bytes;
    this.#deliveredAtMs = nowMs;
    this.#firstAtMs = sent.atMs;
    this.#takeRoundTrip(sent, nowMs);
    const isNewRound = sent.deliveredBytes >= this.#roundEndBytes;
    if (isNewRound) {
      this.#round++;
      this.#roundEndBytes = this.#deliveredBytes;
    }
    this.#takeRate(sent, nowMs);
    if (isNewRound && this.#phase === 'start-up' && !sent.isLimited) this.#watchRise();
  }

  /** It was not sent after all, or nobody will answer it. */
  forget(sent: SentMessage): void {
    this.#inFlightBytes -= sent.bytes;
  }

  /** What the link holds, bytes; 0 while nothing is known. */
  get #linkBytes(): number {
    return this.#rate * (this.#roundTrip?.ms ?? 0);
  }

  #takeRoundTrip(sent: SentMessage, nowMs: number): void {
    const ms = nowMs - sent.atMs;
    const known = this.#roundTrip;
    if (known === undefined || ms <= known.ms) {
      this.#roundTrip = { ms, atMs: nowMs };
      if (this.#phase === 'probe') this.#phase = 'steady';
    } else if (sent.isProbe && this.#phase === 'probe') {
      this.#roundTrip = { ms, atMs: nowMs };
      this.#phase = 'steady';
      // The way is another one, so the bandwidth may be too.
      if (ms > known.ms * OTHER_WAY) this.#startUp();
    } else if (this.#phase === 'steady' && nowMs - known.atMs > ROUND_TRIP_HOLDS_MS) {
      this.#phase = 'probe';
    }
  }

  #takeRate(sent: SentMessage, nowMs: number): void {
    const elapsedMs = Math.max(nowMs - sent.deliveredAtMs, sent.atMs - sent.firstAtMs);
    // Faster than a round trip is no delivery but a pile of acknowledgements.
    if (elapsedMs <= 0 || elapsedMs < (this.#roundTrip?.ms ?? 0)) return;
    const rate = (this.#deliveredBytes - sent.deliveredBytes) / elapsedMs;
    if (sent.isLimited && rate < this.#rate) return;
    // Rounds are long before a link that has become slow, so that they alone would keep what it was for too long.
    const sinceMs = nowMs - Math.max(RATE_HOLDS_MS, ROUNDS * (this.#roundTrip?.ms ?? 0));
    const holds = (round: number, atMs: number) => round > this.#round - ROUNDS && atMs > sinceMs;
    this.#rates = this.#rates.filter(({ round, atMs, rate: old }) => old > rate && holds(round, atMs));
    this.#rates.push({ round: this.#round, atMs: nowMs, rate });
    this.#rate = this.#rates[0]?.rate ?? rate;
  }

  #startUp(): void {
    this.#phase = 'start-up';
    this.#risenRate = 0;
    this.#flatRounds = 0;
  }

  #watchRise(): void {
    if (this.#rate >= this.#risenRate * RISE) {
      this.#risenRate = this.#rate;
      this.#flatRounds = 0;
      return;
    }
    this.#flatRounds++;
    if (this.#flatRounds >= FLAT_ROUNDS) this.#phase = 'steady';
  }
}
