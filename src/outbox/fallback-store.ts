/**
 * A store that carries on in memory while its disk is dead. After a few appends in a row that the disk has refused,
 * another store takes its place, in memory and with an epoch of its own: what comes is delivered from there. The file is
 * tried again every few seconds; once it can be written, everything in memory that is not delivered goes into it with
 * the identity that it has, a little at a time, and then it is the store again.
 *
 * Invariants: a record has one identity, wherever it is; what was told as stored is in memory or on the disk as long as
 * the process lives, or it is delivered, or the ledger says that it was evicted; what was acknowledged of the file is
 * never forgotten meanwhile.
 *
 * What it does not promise, and says loudly (`store.in-memory`): that what is in memory survives the end of the process.
 */
import { isOperatingError, messageOf } from '../domain/errors.ts';
import { MemoryStay } from './memory-stay.ts';
import { movedPairs } from './moves.ts';
import { inForm } from './packing.ts';
import { codeOf, isOfTheDisk } from './sqlite-errors.ts';
import { Store } from './store.ts';
import type { StoreOptions } from './store-file.ts';
import type { AcknowledgedPairs, Moved, StoreAnswer, StoreNotice, StoreRequest } from './store-requests.ts';
import { writeFailure } from './write-failure.ts';

/** One may be a cable that was touched; with a try a second this is within the time of an alert's window. */
const FAILURES_MAX = 3;

/** How long the file is left alone: trying may take as long as a dying card takes for an answer. */
const FILE_RETRY_MS = 3_000;

/** A card that takes long for its refusals is tried seldom enough to be in the way a tenth of the time. */
const REST_PER_TRY = 9;

export class FallbackStore {
  readonly #options: StoreOptions;
  readonly #onNotice: (notice: StoreNotice) => void;
  readonly #file: Store;
  #stay: MemoryStay | undefined;
  /** Appends in a row that the disk has refused. */
  #failures = 0;
  #isReleased = false;
  /** The time of this boot, as far as it is known: the next stay in memory is told of it too. */
  #learnedOffsetMs: number | undefined;
  #nextTryMs = 0;
  /** The file has taken a part of what is in memory, and not all of it. */
  #isReturning = false;
  /** What the file has taken over from the last stay in memory. */
  #moved: Moved | undefined;
  /** The store that was told of last. */
  #toldEpoch: string;

  /** @throws OperatingError as `Store` does */
  constructor(options: StoreOptions, onNotice: (notice: StoreNotice) => void = () => {}) {
    this.#options = options;
    this.#onNotice = onNotice;
    this.#file = new Store(options, onNotice);
    this.#toldEpoch = this.#file.epoch;
  }

  get acknowledged(): AcknowledgedPairs {
    return this.#stay === undefined ? this.#file.acknowledged : this.#stay.open.acknowledgements.all();
  }

  answer(): StoreAnswer {
    return this.#told(this.#stay === undefined ? this.#file.answer() : this.#answerOf(this.#stay));
  }

  /** @throws OperatingError as `Store` does, while that is the store */
  handle(request: StoreRequest): StoreAnswer {
    if (request.type === 'release-unsynchronised') this.#isReleased = true;
    // However much is appended meanwhile, what is in memory becomes less: a part is at least as large as an append.
    if (this.#stay !== undefined && this.#isReturning && request.type === 'append') this.#return(this.#stay);
    if (this.#stay !== undefined) return this.#told(this.#inMemory(request, this.#stay));
    try {
      const answer = this.#file.handle(this.#translated(request));
      if (request.type === 'append') this.#failures = 0;
      if (request.type === 'learn-time') this.#learnedOffsetMs = request.offsetMs;
      if (request.type === 'recall') this.#learnedOffsetMs = answer.past?.learnedOffsetMs;
      return this.#told(answer);
    } catch (error) {
      if (request.type !== 'append') throw error;
      this.#failures = isOfTheDisk(error) ? this.#failures + 1 : 0;
      if (this.#failures < FAILURES_MAX) throw error;
      return this.#told(this.#inMemory(request, this.#begin(error)));
    }
  }

  /**
   * Whatever can be done between requests, a little of it.
   *
   * @returns whether there is more, at once or in so many ms, and how the store stands where that has changed
   */
  idle(): { readonly isMore: boolean; readonly againInMs?: number; readonly news?: StoreAnswer } {
    if (this.#stay === undefined) {
      const { isMore, news } = this.#file.idle();
      return { isMore, ...(news === undefined ? {} : { news: this.#told(news) }) };
    }
    const againInMs = this.#nextTryMs - performance.now();
    if (againInMs > 0) return { isMore: false, againInMs };
    const retryMs = this.#return(this.#stay);
    if (retryMs !== undefined) return { isMore: false, againInMs: retryMs };
    return { isMore: true, ...(this.#isReturning ? {} : { news: this.#told(this.#file.answer()) }) };
  }

  /** Moves a part onto the disk. @returns where that fails, in how many ms it is to be tried again */
  #return(stay: MemoryStay): number | undefined {
    const beganMs = performance.now();
    try {
      this.#isReturning = !this.#giveBack(stay);
      return undefined;
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      this.#isReturning = false;
      return this.#waitForDisk(performance.now() - beganMs);
    }
  }

  #begin(error: unknown): MemoryStay {
    const stay = new MemoryStay(this.#options);
    if (this.#isReleased) stay.open.reader.releaseUnsynchronised();
    if (this.#learnedOffsetMs !== undefined) stay.learnTime(this.#learnedOffsetMs);
    this.#stay = stay;
    this.#failures = 0;
    this.#waitForDisk();
    this.#onNotice({ event: 'store.in-memory', reason: messageOf(error) });
    return stay;
  }

  /** @param triedMs how long the last try took: meanwhile nothing could be stored in memory either */
  #waitForDisk(triedMs = 0): number {
    const retryMs = Math.max(this.#options.fileRetryMs ?? FILE_RETRY_MS, triedMs * REST_PER_TRY);
    this.#nextTryMs = performance.now() + retryMs;
    return retryMs;
  }

  #inMemory(request: StoreRequest, stay: MemoryStay): StoreAnswer {
    if ('acknowledged' in request && request.epoch === this.#file.epoch) this.#file.acknowledge(request.acknowledged);
    const acknowledged =
      'acknowledged' in request && request.epoch === stay.open.epoch ? request.acknowledged : undefined;
    switch (request.type) {
      case 'append':
        try {
          stay.append(request.parcel, acknowledged ?? []);
        } catch (error) {
          // No disk is in this: it is the records.
          if (codeOf(error) === undefined) throw error;
          throw writeFailure(this.#options.path, error);
        }
        return this.#answerOf(stay);
      case 'sync':
        if (acknowledged !== undefined) stay.sync(acknowledged);
        return this.#answerOf(stay);
      case 'read':
        return this.#read(request, stay);
      case 'recall':
        return { ...this.#answerOf(stay), past: stay.open.reader.recall(request.memoryMs) };
      case 'learn-time':
        stay.learnTime(request.offsetMs);
        this.#learnedOffsetMs = request.offsetMs;
        return this.#answerOf(stay);
      case 'release-unsynchronised':
        stay.open.reader.releaseUnsynchronised();
        this.#file.handle(request);
        return this.#answerOf(stay);
      case 'close':
        if (acknowledged !== undefined) stay.sync(acknowledged);
        return this.#close(request, stay);
    }
  }

  #read(
    { epoch, kind, range: wanted, limit, isEncoded }: StoreRequest & { type: 'read' },
    stay: MemoryStay,
  ): StoreAnswer {
    const { open } = stay;
    // Samples that the file has again may be gone here: a batch around them would have them acknowledged unsent.
    const after = kind === 'samples' ? Math.max(wanted.after, stay.takenThrough) : wanted.after;
    const range = { after, through: wanted.through };
    const isThere = epoch === open.epoch && range.through > range.after;
    const batch = isThere ? open.reader.read(kind, range, limit) : undefined;
    if (batch !== undefined && 'damaged' in batch) throw new Error('what is in memory is not what was written');
    if (batch?.kind === 'gaps') open.gapsRead(batch.range.through);
    return { ...this.answer(), ...(batch === undefined ? {} : inForm(batch, epoch, isEncoded)) };
  }

  /** Moves a little. @returns whether the file is the store again */
  #giveBack(stay: MemoryStay): boolean {
    const { epoch } = this.#file;
    const next = stay.next();
    let head: number;
    try {
      head = this.#file.takeOver(next.haul, stay.open.epoch);
    } finally {
      // It turned out to be damaged, and what was moved is with the rest of what is saved from it.
      if (epoch !== this.#file.epoch) stay.forgetMoves();
    }
    stay.taken(next, head);
    if (!next.isLast) return false;
    this.#file.acknowledge(stay.acknowledged());
    this.#moved = stay.moved;
    this.#stay = undefined;
    stay.open.close();
    this.#onNotice({ event: 'store.on-disk-again', records: stay.movedRecords });
    return true;
  }

  /** Tries the file once more; what cannot be written then is lost, which is said. */
  #close(request: StoreRequest & { type: 'close' }, stay: MemoryStay): StoreAnswer {
    const ofFile = { ...request, epoch: this.#file.epoch, acknowledged: [] };
    try {
      while (!this.#giveBack(stay));
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      const records = stay.countLeft();
      if (records > 0) this.#onNotice({ event: 'store.unsaved', records, reason: messageOf(error) });
      this.#stay = undefined;
      stay.open.close();
      this.#file.handle(ofFile);
      if (records > 0) throw error;
      return this.#file.answer();
    }
    return this.#file.handle(ofFile);
  }

  /** What is acknowledged by numbers from a stay in memory that is over. */
  #translated(request: StoreRequest): StoreRequest {
    if (!('acknowledged' in request) || request.epoch !== this.#moved?.epoch) return request;
    const acknowledged = movedPairs(this.#moved.moves, request.acknowledged);
    return { ...request, epoch: this.#file.epoch, acknowledged };
  }

  #answerOf(stay: MemoryStay): StoreAnswer {
    const { epoch, head } = stay.open;
    const backlogs = this.#options.uplinks.map((uplink) => [uplink, stay.open.backlog(uplink)] as const);
    const { isDamaged } = this.#file;
    const oldestMs = Object.fromEntries(this.#options.uplinks.map((uplink) => [uplink, stay.open.oldest(uplink)]));
    const backlog = Object.fromEntries(backlogs);
    const state = { epoch, head, backlog, oldestMs, isDamaged, inMemory: true } as const;
    return { state, evicted: stay.takeEvicted(), entered: stay.takeEntered() };
  }

  /** When another store has taken the place of the one before, whoever asks has to know what is acknowledged there. */
  #told(answer: StoreAnswer): StoreAnswer {
    if (answer.state.epoch === this.#toldEpoch) return answer;
    const moved = this.#moved?.epoch === this.#toldEpoch ? { moved: this.#moved } : {};
    this.#toldEpoch = answer.state.epoch;
    return { ...answer, acknowledged: this.acknowledged, ...moved };
  }
}
