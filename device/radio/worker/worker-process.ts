/**
 * A worker's process from its start to its end: waits for the adapter, runs one noble instance, and ends with it. noble
 * cannot be relied on after it has thrown, or lost its adapter; a process that ends leaves nothing of it behind, and
 * whoever started it starts it again.
 */
import { explanationOf, messageOf } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import type { WorkerMessage } from '../frames/messages.ts';
import type { Noble } from '../noble.ts';
import { HeldLinks } from './held-links.ts';
import { RadioWorker } from './radio-worker.ts';
import { WORKER_TIMING } from './timing.ts';
import { ALONE_MS, WorkerServer } from './worker-server.ts';

/** An adapter that is not there is looked for that often. */
const ADAPTER_RETRY_MS = 1_000;

/** One that is there and off likewise. */
const POWER_RETRY_MS = 5_000;

/** How long the last words may take. */
const LAST_WORDS_MS = 300;

/** noble's memory of passers-by is cleared above that many. */
const PERIPHERALS_MAX = 300;

/** What a worker needs of noble beside noble itself. */
export interface Radio {
  readonly noble: Noble;
  readonly peripherals: number;
  /** HCI's names of the links that are up. */
  readonly handles: readonly number[];
  /** Forgets every peripheral that is neither linked nor of use. */
  prune(isOfUse: (strap: string) => boolean): void;
  setLinks(count: number): void;
  /** Lets go of the adapter. */
  release(): Promise<void>;
}

interface RadioHooks {
  /** Whether noble is to hear of an advertiser; the rest of the crowd it would remember for ever. */
  isOfInterest(heard: { readonly address: string; readonly data: Uint8Array }): boolean;
  /** A packet was no good, and was kept from noble or made it throw. */
  onFault(fault: { readonly strap?: string; readonly reason: string }): void;
  /** noble cannot be relied on any more. */
  onBroken(reason: string): void;
  /** Links that a worker which was killed has left on the controller. */
  readonly staleHandles: readonly number[];
  /** Aborts when nobody waits for the radio any more. */
  readonly signal: AbortSignal;
}

export interface WorkerProcessOptions {
  readonly adapter: string;
  /** Where the core finds this worker. */
  readonly path: string;
  /** Ends without a core after a while, also where it has no links: it was started by a gateway. */
  readonly endsAlone: boolean;
  readonly clock: Clock;
  readonly rssBytes: () => number;
  /** Called about once a second while the event loop goes round. */
  readonly onAlive?: () => void;
  /** @throws when the adapter is not there; it is tried again */
  readonly openRadio: (hooks: RadioHooks) => Promise<Radio>;
}

export class WorkerProcess {
  readonly #options: WorkerProcessOptions;
  readonly #server: WorkerServer;
  readonly #held: HeldLinks;
  readonly #over = new AbortController();
  #worker: RadioWorker | undefined;
  #radio: Radio | undefined;
  #trouble: WorkerMessage | undefined;
  #observers = 0;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    const { adapter, path, clock } = options;
    this.#held = new HeldLinks(`${path}.links`);
    this.#server = new WorkerServer({
      path,
      clock,
      hello: () => ({
        adapter,
        pid: process.pid,
        ready: this.#worker?.ready ?? false,
        links: this.#worker?.news ?? [],
      }),
      trouble: () => this.#trouble,
      onCommand: (message) => {
        if (message.type === 'stop' && this.#worker === undefined) this.finish('the gateway stops the radio');
        this.#worker?.handle(message);
      },
      onCoreCame: () => this.#worker?.serve(),
      onCoreGone: () => this.#worker?.rest(),
      onObservers: (count) => {
        this.#observers = count;
        this.#worker?.watch(count > 0);
      },
    });
  }

  /** Resolves with the reason when the process is to end. */
  async run(): Promise<string> {
    const { clock } = this.#options;
    await this.#server.listen();
    const done = new AbortController();
    const ticking = this.#tick(done.signal);
    let reason: string;
    try {
      reason = await this.#live();
    } finally {
      done.abort();
      await ticking;
    }
    await this.#server.close(LAST_WORDS_MS);
    await clock.sleep(0);
    return reason;
  }

  finish(reason: string): void {
    this.#over.abort(reason);
    this.#worker?.finish(reason);
  }

  async #live(): Promise<string> {
    const { clock, openRadio } = this.#options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        this.#radio = await openRadio({
          isOfInterest: (heard) => this.#worker?.isOfInterest(heard) ?? false,
          staleHandles: this.#held.take(),
          signal,
          onFault: ({ strap, reason }) => this.#fault(strap, reason),
          onBroken: (reason) => this.finish(reason),
        });
        return await this.#use(this.#radio);
      } catch (error) {
        this.#lost(explanationOf(error));
        await clock.sleep(ADAPTER_RETRY_MS, signal);
      }
    }
    return messageOf(signal.reason);
  }

  async #use(radio: Radio): Promise<string> {
    const { clock } = this.#options;
    this.#trouble = undefined;
    this.#worker = new RadioWorker({
      noble: radio.noble,
      clock,
      timing: WORKER_TIMING,
      tell: (message) => this.#server.tell(message),
      onLinks: (count) => {
        radio.setLinks(count);
        this.#held.hold(radio.handles);
      },
    });
    if (this.#server.isAlone) this.#worker.rest();
    this.#worker.watch(this.#observers > 0);
    try {
      const reason = await this.#worker.run();
      if (!this.#worker.wasReady) await this.#waitForPower(reason);
      return reason;
    } finally {
      await radio.release();
      this.#held.take();
    }
  }

  /** An adapter that is switched off is nothing to start a new process for again and again. */
  async #waitForPower(reason: string): Promise<void> {
    this.#lost(reason);
    await this.#options.clock.sleep(POWER_RETRY_MS, this.#over.signal);
  }

  #lost(reason: string): void {
    const known = this.#trouble?.type === 'adapter' ? this.#trouble.reason : undefined;
    if (known === reason) return;
    this.#trouble = { type: 'adapter', atMs: this.#options.clock.monotonicMs(), state: 'lost', reason };
    this.#server.tell(this.#trouble);
  }

  #fault(strap: string | undefined, reason: string): void {
    const atMs = this.#options.clock.monotonicMs();
    this.#server.tell({ type: 'fault', atMs, ...(strap === undefined ? {} : { strap }), reason });
    if (strap !== undefined) this.#worker?.endLink(strap, reason);
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock, rssBytes, endsAlone } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(WORKER_TIMING.aliveMs, signal);
      this.#options.onAlive?.();
      const worker = this.#worker;
      const peripherals = this.#radio?.peripherals ?? 0;
      if (peripherals > PERIPHERALS_MAX) this.#radio?.prune((strap) => worker?.isOfUse(strap) ?? false);
      this.#server.tell({
        type: 'alive',
        atMs: clock.monotonicMs(),
        rssBytes: rssBytes(),
        peripherals,
        links: worker?.links.length ?? 0,
        scanning: worker?.scanning ?? false,
      });
      const isOfNoUse = endsAlone || (worker?.links.length ?? 0) > 0;
      if (isOfNoUse && this.#server.aloneMs > ALONE_MS) this.finish('there is no gateway');
    }
  }
}
