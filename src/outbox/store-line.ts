/** The way to a store: a thread of its own, or a call. */
import { Worker } from 'node:worker_threads';
import { type ErrorCode, isOperatingError, OperatingError } from '../domain/errors.ts';
import type { Unanswered } from '../ports.ts';
import { FallbackStore } from './fallback-store.ts';
import { isWorthReuse } from './spare-buffers.ts';
import type { StoreOptions } from './store-file.ts';
import type { AcknowledgedPairs, StoreAnswer, StoreNotice, StoreRequest } from './store-requests.ts';
import { waitsForDisk } from './thread-state.ts';

export interface StoreLine {
  /** Carried out one after the other, the more urgent first. Rejects with the store's `OperatingError`. */
  request(request: StoreRequest): Promise<StoreAnswer>;
  /** What is being carried out; undefined where nothing is. */
  unanswered(): Unanswered | undefined;
  /** Who is to be told when the store changes by itself. */
  listen(onNews: (news: StoreAnswer) => void): void;
  /** Takes a buffer back in which an answer came. */
  reuse(spare: ArrayBuffer): void;
  /** Ends whatever it stands on. */
  end(): Promise<void>;
}

/** A store that has been opened, and how it stood then. */
export interface OpenedLine {
  readonly line: StoreLine;
  readonly answer: StoreAnswer;
  readonly acknowledged: AcknowledgedPairs;
}

export type ToThread =
  | { readonly type: 'open'; readonly options: StoreOptions }
  | { readonly type: 'request'; readonly request: StoreRequest; readonly spares: readonly ArrayBuffer[] };

/** Notices and news come at any time, an answer after each message; errors cross as what they are made of. */
export type FromThread = { readonly notice: StoreNotice } | { readonly news: StoreAnswer } | ThreadAnswer;

export type ThreadAnswer =
  | {
      readonly ok: true;
      readonly answer: StoreAnswer;
      readonly acknowledged?: AcknowledgedPairs;
      /** By which the kernel knows the thread; absent where there is no /proc. */
      readonly thread?: number;
    }
  | { readonly ok: false; readonly code?: ErrorCode; readonly message: string; readonly remedy?: string };

/** This file and the thread's are compiled or run from source together. */
const IS_SOURCE = import.meta.url.endsWith('.ts');
const PROGRAM = new URL(`./store-thread.${IS_SOURCE ? 'ts' : 'js'}`, import.meta.url);

/** A thread does not inherit what makes its parent understand TypeScript. */
const FROM_SOURCE = `import('tsx/esm/api').then(({ register }) => (register(), import('${PROGRAM}')))`;

/** The store needs little: statements, a batch, and the text of what is being written. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const;

interface Asked {
  readonly request: StoreRequest;
  readonly resolve: (answer: StoreAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One request is in the thread at a time; the others wait here, so that an alert overtakes what was asked before it. A
 * thread that ends by itself has met a broken invariant: whoever waits is told, and the gateway ends and is restarted.
 */
export class ThreadLine implements StoreLine {
  readonly #thread: Worker;
  readonly #waiting: Asked[][] = [[], [], []];
  readonly #threadId: number | undefined;
  #onNews: (news: StoreAnswer) => void = () => {};
  #current: Asked | undefined;
  /** When the current one was given to the thread, monotonic ms. */
  #askedMs = 0;
  #death: Error | undefined;
  /** Go along with the next request; one that came twice cannot. */
  readonly #spares = new Set<ArrayBuffer>();

  /** @throws OperatingError as `Store` does */
  static async open(options: StoreOptions, onNotice: (notice: StoreNotice) => void): Promise<OpenedLine> {
    const common = { resourceLimits: HEAP, name: 'store' };
    const thread = IS_SOURCE ? new Worker(FROM_SOURCE, { ...common, eval: true }) : new Worker(PROGRAM, common);
    thread.on('message', (message: FromThread) => {
      if ('notice' in message) onNotice(message.notice);
    });
    const opened = new Promise<ThreadAnswer>((resolve, reject) => {
      thread.on('message', (message: FromThread) => {
        if ('ok' in message) resolve(message);
      });
      thread.once('error', reject);
      thread.once('exit', () => reject(new Error('the store’s thread ended before it had opened the store')));
    });
    const message: ToThread = { type: 'open', options };
    thread.postMessage(message);
    const answer = await opened;
    if (!answer.ok) {
      await thread.terminate();
      throw errorOf(answer);
    }
    return {
      line: new ThreadLine(thread, answer.thread),
      answer: answer.answer,
      acknowledged: answer.acknowledged ?? [],
    };
  }

  private constructor(thread: Worker, threadId: number | undefined) {
    this.#thread = thread;
    this.#threadId = threadId;
    thread.on('message', (message: FromThread) => {
      if ('ok' in message) this.#answered(message);
      if ('news' in message) this.#onNews(message.news);
    });
    thread.on('error', (error) => this.#died(error));
    thread.on('exit', () => this.#died(new Error('the store’s thread has ended')));
  }

  request(request: StoreRequest): Promise<StoreAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) return reject(this.#death);
      this.#waiting[urgencyOf(request)]?.push({ request, resolve, reject });
      this.#next();
    });
  }

  unanswered(): Unanswered | undefined {
    if (this.#current === undefined) return undefined;
    return { forMs: performance.now() - this.#askedMs, isWaitingForDisk: waitsForDisk(this.#threadId) };
  }

  listen(onNews: (news: StoreAnswer) => void): void {
    this.#onNews = onNews;
  }

  reuse(spare: ArrayBuffer): void {
    if (isWorthReuse(spare)) this.#spares.add(spare);
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.find(({ length }) => length > 0)?.shift();
    if (this.#current === undefined) return;
    this.#askedMs = performance.now();
    const spares = [...this.#spares];
    this.#spares.clear();
    const message: ToThread = { type: 'request', request: this.#current.request, spares };
    this.#thread.postMessage(message, spares);
  }

  #answered(message: ThreadAnswer): void {
    const asked = this.#current;
    this.#current = undefined;
    if (message.ok) asked?.resolve(message.answer);
    else asked?.reject(errorOf(message));
    // What an urgent answer leads to is urgent too, as an alert that was stored is read to be sent: it is asked for first.
    if (asked !== undefined && urgencyOf(asked.request) === 0) setImmediate(() => this.#next());
    else this.#next();
  }

  #died(error: Error): void {
    this.#death ??= error;
    for (const { reject } of [this.#current, ...this.#waiting.flat()].filter((one) => one !== undefined)) {
      reject(this.#death);
    }
    this.#current = undefined;
    for (const waiting of this.#waiting) waiting.length = 0;
  }
}

/** A store in the caller's own thread: every request has been carried out when `request` returns. */
export class DirectLine implements StoreLine {
  readonly #store: FallbackStore;

  /** @throws OperatingError as `Store` does */
  static open(options: StoreOptions, onNotice: (notice: StoreNotice) => void): OpenedLine {
    const store = new FallbackStore(options, onNotice);
    return { line: new DirectLine(store), answer: store.answer(), acknowledged: store.acknowledged };
  }

  private constructor(store: FallbackStore) {
    this.#store = store;
  }

  async request(request: StoreRequest): Promise<StoreAnswer> {
    const answer = this.#store.handle(request);
    const { news } = this.#store.idle();
    if (news === undefined) return answer;
    const evicted = [...answer.evicted, ...news.evicted];
    return { ...answer, ...news, evicted, entered: [...answer.entered, ...news.entered] };
  }

  /** Whoever could ask is carrying it out. */
  unanswered(): undefined {
    return undefined;
  }

  /** Nothing changes between requests. */
  listen(): void {}

  /** The garbage collector of the one thread has it. */
  reuse(): void {}

  async end(): Promise<void> {}
}

/** 0 for what an alert waits for, 1 for other writing, 2 for what delivery reads ahead. */
function urgencyOf(request: StoreRequest): 0 | 1 | 2 {
  switch (request.type) {
    case 'append':
      return request.parcel.events.length > 0 ? 0 : 1;
    case 'read':
      return request.kind === 'samples' ? 2 : 0;
    case 'sync':
    case 'recall':
    case 'learn-time':
    case 'release-unsynchronised':
      return 1;
    case 'close':
      return 2;
  }
}

/** For the thread's side. */
export function failureOf(error: unknown): ThreadAnswer & { readonly ok: false } {
  if (!isOperatingError(error)) throw error;
  const { code, message, remedy } = error;
  return { ok: false, code, message, ...(remedy === undefined ? {} : { remedy }) };
}

function errorOf({ code, message, remedy }: ThreadAnswer & { readonly ok: false }): Error {
  if (code === undefined) return new Error(message);
  return new OperatingError(code, message, remedy === undefined ? {} : { remedy });
}
