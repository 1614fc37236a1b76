/**
 * The batch that delivery will probably ask for next, read while the one before is on its way: a drain is bound by
 * reading otherwise, with half of the time gone in the way to and fro.
 *
 * It is good as long as nothing but reading is asked of the store.
 */
import type { EncodedBatch } from '../domain/record.ts';
import type { StoreAnswer, StoreRequest } from './store-requests.ts';

type Read = StoreRequest & { readonly type: 'read' };

export class NextRead {
  /** What is to be read, once nothing else is asked for. */
  #wanted: Read | undefined;
  #answer: (StoreAnswer & { readonly encoded: EncodedBatch }) | undefined;

  /** The answer to a request, where it was read before. */
  take(request: StoreRequest): StoreAnswer | undefined {
    const answer = this.#answer;
    if (answer === undefined || !isFor(request, answer.encoded)) return undefined;
    this.#answer = undefined;
    return answer;
  }

  /** To be told of everything that was asked, and what came of it. */
  answered(request: StoreRequest, { encoded }: StoreAnswer): void {
    if (request.type === 'read') this.#wanted = followerOf(request, encoded) ?? this.#wanted;
    else this.forget();
  }

  /** What was read, or is to be, may not be there any more. */
  forget(): void {
    this.#wanted = undefined;
    this.#answer = undefined;
  }

  /**
   * @param read undefined where it fails
   * @returns what the store has to tell by the way
   */
  prepare(read: (request: StoreRequest) => StoreAnswer | undefined): StoreAnswer | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted === undefined) return undefined;
    const answer = read(wanted);
    if (answer === undefined) return undefined;
    const { encoded, ...news } = answer;
    // It has found damage, say, or another store has taken the place of this one.
    const isNews = news.evicted.length + news.entered.length > 0 || news.acknowledged !== undefined;
    if (encoded === undefined || isNews) return news;
    this.#answer = { ...answer, encoded };
    return undefined;
  }
}

function isFor(request: StoreRequest, { kind, range, records, epoch, storedIn = epoch }: EncodedBatch): boolean {
  if (request.type !== 'read' || !request.isEncoded || request.kind !== kind || request.epoch !== storedIn)
    return false;
  const { after, through } = request.range;
  return after === range.after && through >= range.through && records.length <= request.limit;
}

/** Where the batch is not full nothing follows, or something else than it seems. */
function followerOf(request: Read, encoded: EncodedBatch | undefined): Read | undefined {
  if (encoded?.kind !== 'samples' || encoded.records.length < request.limit) return undefined;
  const range = { after: encoded.range.through, through: request.range.through };
  return range.after < range.through ? { ...request, range } : undefined;
}
