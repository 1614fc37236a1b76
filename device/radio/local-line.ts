/**
 * A worker in the core's own process, over noble instances that are made for it: the radio of a simulation. The same
 * worker and the same messages as over a socket; each is handed over on its own, never within the call that sent it.
 */
import { explanationOf } from '../../src/domain/errors.ts';
import type { Clock } from '../../src/ports.ts';
import { type CoreMessage, PROTOCOL_VERSION, type WorkerMessage } from './frames/messages.ts';
import type { NobleInstance } from './noble.ts';
import { type Retry, retryDelayMs } from './team/retry.ts';
import type { LineListener, WorkerLine } from './team/worker-line.ts';
import { RadioWorker } from './worker/radio-worker.ts';
import { WORKER_TIMING, type WorkerTiming } from './worker/timing.ts';

export interface LocalLineOptions {
  readonly adapter: string;
  /** May throw, which is an adapter lost and tried again. */
  readonly createNoble: () => NobleInstance;
  readonly clock: Clock;
  /** From 0 up to and without 1, for the jitter of the back-off. */
  readonly random: () => number;
  readonly timing?: Partial<WorkerTiming>;
  readonly retry?: Retry;
}

const RETRY: Retry = { minMs: 1_000, maxMs: 60_000 };
const STEADY_MS = 10_000;

export class LocalLine implements WorkerLine {
  readonly adapter: string;
  readonly #options: LocalLineOptions;
  readonly #timing: WorkerTiming;
  #stopping = new AbortController();
  #worker: RadioWorker | undefined;
  #life: Promise<void> | undefined;

  constructor(options: LocalLineOptions) {
    this.adapter = options.adapter;
    this.#options = options;
    this.#timing = { ...WORKER_TIMING, ...options.timing };
  }

  start(listener: LineListener): void {
    if (this.#life !== undefined) throw new Error('the line has been started already');
    this.#stopping = new AbortController();
    this.#life = this.#live(listener, this.#stopping.signal);
  }

  send(message: CoreMessage): void {
    const worker = this.#worker;
    queueMicrotask(() => {
      if (worker === this.#worker) worker?.handle(message);
    });
  }

  restart(reason: string): void {
    this.#worker?.finish(reason);
  }

  /** Takes at most the worker's `stopMs` on the clock, which must go on meanwhile. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#worker?.finish('the gateway is stopping');
    await this.#life;
    this.#life = undefined;
  }

  async #live(listener: LineListener, signal: AbortSignal): Promise<void> {
    const { clock, random, retry = RETRY } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const startMs = clock.monotonicMs();
      const reason = await this.#liveOnce(listener, signal);
      if (signal.aborted) return;
      if (clock.monotonicMs() - startMs >= STEADY_MS) failures = 0;
      const retryInMs = retryDelayMs(retry, failures++, random());
      listener.onLost(reason, retryInMs);
      await clock.sleep(retryInMs, signal);
    }
  }

  async #liveOnce(listener: LineListener, signal: AbortSignal): Promise<string> {
    const { adapter, createNoble, clock } = this.#options;
    let instance: NobleInstance;
    try {
      instance = createNoble();
    } catch (error) {
      return explanationOf(error);
    }
    const tell = (message: WorkerMessage) => {
      // The end of the adapter is told with the time of the next try.
      if (message.type === 'adapter' && message.state === 'lost') return;
      queueMicrotask(() => {
        if (!signal.aborted) listener.onMessage(message);
      });
    };
    const worker = new RadioWorker({ noble: instance.noble, clock, timing: this.#timing, tell });
    this.#worker = worker;
    tell({ type: 'hello', version: PROTOCOL_VERSION, adapter, pid: 0, ready: false, links: [] });
    const done = new AbortController();
    const ticking = this.#tick(worker, tell, done.signal);
    try {
      const reason = await worker.run();
      // What it told at last is heard before its end.
      await Promise.resolve();
      return reason;
    } finally {
      this.#worker = undefined;
      done.abort();
      await ticking;
      instance.release();
    }
  }

  async #tick(worker: RadioWorker, tell: (message: WorkerMessage) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(this.#timing.aliveMs, signal);
      if (signal.aborted) return;
      tell({
        type: 'alive',
        atMs: clock.monotonicMs(),
        rssBytes: 0,
        peripherals: 0,
        links: worker.links.length,
        scanning: worker.scanning,
      });
    }
  }
}
