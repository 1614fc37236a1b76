/**
 * The links of one adapter: which there are, what is told of each to the core, and which ended while no core was there.
 */
import { messageOf } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import { decodeHeartRate } from '../../profiles/heart-rate.ts';
import type { LinkSummary, WorkerMessage } from '../frames/messages.ts';
import type { Peripheral } from '../noble.ts';
import { Link } from './link.ts';
import type { LinkState } from './link-machine.ts';
import type { WorkerTiming } from './timing.ts';

export interface LinkBookParts {
  readonly clock: Clock;
  readonly timing: WorkerTiming;
  readonly tell: (message: WorkerMessage) => void;
  /** How many links are on the air, whenever that changes. */
  readonly onLinks?: (count: number) => void;
  /** A link has ended, and is no longer here. */
  readonly onEnded: () => void;
  /** The radio answers nothing any more, as far as a link can tell. */
  readonly onGiveUp: (reason: string) => void;
  /** Whether the whole radio is ending, which is told by itself and is no fault of a strap's. */
  readonly isOver: () => boolean;
}

/** What `hello` has room for. */
const NEWS_MAX = 64;

export class LinkBook {
  readonly #parts: LinkBookParts;
  readonly #links = new Map<string, Link>();
  /** Links that ended while no core was there, whose readings are kept for the next one; it has to know whose they are. */
  readonly #ended = new Map<string, LinkSummary>();
  #isAlone = false;

  constructor(parts: LinkBookParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#links.size;
  }

  has(strap: string): boolean {
    return this.#links.has(strap);
  }

  get(strap: string): Link | undefined {
    return this.#links.get(strap);
  }

  get summaries(): LinkSummary[] {
    return [...this.#links.values()].map(summaryOf);
  }

  /** What is to be told to a core that has come anew: the links, and those that have ended since the last one went. */
  get news(): LinkSummary[] {
    return [...this.summaries, ...this.#ended.values()].slice(0, NEWS_MAX);
  }

  /** A core has come, and knows of the links. */
  serve(): void {
    this.#isAlone = false;
    this.#ended.clear();
  }

  /** The core has gone. */
  rest(): void {
    this.#isAlone = true;
  }

  /** Resolves when the connection has been made or has failed; the link then goes on by itself. */
  async begin(peripheral: Peripheral, { identify }: { identify: boolean }): Promise<void> {
    const { clock, timing, tell, onGiveUp } = this.#parts;
    const strap = peripheral.id;
    const link = new Link(peripheral, {
      clock,
      timing,
      identify,
      onPhase: (state) => this.#onPhase(strap, state),
      onValue: (value) => this.#reading(strap, value),
      onDevice: (details) => tell({ type: 'device', atMs: clock.monotonicMs(), strap, ...details }),
      onBattery: (percent) => tell({ type: 'battery', atMs: clock.monotonicMs(), strap, percent }),
      onGiveUp,
    });
    this.#links.set(strap, link);
    await link.begin();
  }

  releaseAll(reason: string): void {
    for (const link of [...this.#links.values()]) link.release(reason);
  }

  /** For a radio that answers nothing any more. */
  abandonAll(reason: string): void {
    for (const link of [...this.#links.values()]) link.abandon(reason);
  }

  #onPhase(strap: string, state: LinkState): void {
    const { clock, tell } = this.#parts;
    const at = { type: 'link', atMs: clock.monotonicMs(), strap } as const;
    switch (state.phase) {
      case 'connecting':
        tell({ ...at, state: 'connecting' });
        return;
      case 'discovering':
        this.#countLinks();
        tell({ ...at, state: 'connected' });
        return;
      case 'subscribed':
        tell({ ...at, state: 'subscribed' });
        return;
      case 'ended':
        this.#strike(strap);
        if (!this.#parts.isOver()) tell({ ...at, state: 'ended', ...state.end });
        this.#parts.onEnded();
        return;
    }
  }

  #strike(strap: string): void {
    const link = this.#links.get(strap);
    if (this.#isAlone && link !== undefined) this.#ended.set(strap, { ...summaryOf(link), subscribed: false });
    this.#links.delete(strap);
    this.#countLinks();
  }

  #countLinks(): void {
    const isUp = ({ phase }: Link) => phase !== 'connecting' && phase !== 'cancelling';
    this.#parts.onLinks?.([...this.#links.values()].filter(isUp).length);
  }

  #reading(strap: string, value: Buffer): void {
    const { clock, tell } = this.#parts;
    const atMs = clock.monotonicMs();
    try {
      tell({ type: 'measurement', atMs, strap, measurement: toPlain(decodeHeartRate(value)) });
    } catch (error) {
      tell({ type: 'malformed', atMs, strap, reason: messageOf(error) });
    }
  }
}

function summaryOf({ id, phase, name, serial }: Link): LinkSummary {
  return {
    strap: id,
    subscribed: phase === 'subscribed',
    ...(name === undefined ? {} : { name }),
    ...(serial === undefined ? {} : { serial }),
  };
}

function toPlain({ rrMs, ...measurement }: ReturnType<typeof decodeHeartRate>) {
  return { ...measurement, rrMs: [...rrMs] };
}
