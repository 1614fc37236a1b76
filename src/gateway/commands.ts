/**
 * Commands of people about alerts, on their way through the ingest loop: each is carried out in its turn among the
 * readings, and answered when what came of it is stored.
 *
 * Invariants: each is answered once, within `STORED_AT_MOST_MS` of having been carried out, and none is waited for when
 * the loop ends. What a command does holds from when it is carried out, as an alarm does, whether or not it can be stored;
 * the answer says which. At most `COMMANDS_MAX` are not stored yet, so that nobody fills the memory with them while the
 * disk cannot be written.
 */

import type { AlertEvent } from '../domain/alert.ts';
import { type AlertCommand, type CommandOutcome, carryOut } from '../domain/alert-command.ts';
import type { RuleEngine } from '../domain/rules/engine.ts';
import type { Clock, Outbox } from '../ports.ts';

/** More than there are people at a pitch who could give one at the same time. */
const COMMANDS_MAX = 64;

/** A disk that fails is tried three times, a second apart, before the store goes on in memory. */
const STORED_AT_MOST_MS = 5_000;

/** Where the events are when a command is answered. `waiting`: in memory, and stored once the disk can be written. */
type CommandStored = 'on-disk' | 'in-memory' | 'waiting';

export type CommandAnswer =
  | (CommandOutcome & { readonly outcome: 'done' } & { readonly stored: CommandStored })
  | Exclude<CommandOutcome, { outcome: 'done' }>
  /** Too many are not stored yet: nothing was done. */
  | { readonly outcome: 'busy' }
  /** The gateway does not run, or no more: nothing was done. */
  | { readonly outcome: 'stopping' };

export interface CommandParts {
  readonly clock: Clock;
  /** For how long somebody waits for an answer. */
  readonly realClock: Clock;
  readonly engine: RuleEngine;
  readonly outbox: Pick<Outbox, 'isInMemory'>;
  readonly timekeeper: { stamp(monotonicMs: number): { readonly timeMs: number } };
  /** Notes may leave the gateway. */
  readonly sendNotes?: boolean | undefined;
}

/** A command in the queue. */
export interface Order {
  readonly type: 'command';
  readonly monotonicMs: number;
  readonly command: AlertCommand;
  readonly answer: (answer: CommandAnswer) => void;
}

/** Has events stored at once. @param onStored called when they are */
type Keep = (alerts: readonly AlertEvent[], onStored: () => void) => void;

export class Commands {
  readonly #parts: CommandParts;
  readonly #keep: Keep;
  readonly #over = new AbortController();
  #isClosed = false;
  #open = 0;

  constructor(parts: CommandParts, keep: Keep) {
    this.#parts = parts;
    this.#keep = keep;
  }

  /** @param enqueue puts it into the queue of the loop */
  give(command: AlertCommand, enqueue: (order: Order) => void): Promise<CommandAnswer> {
    if (this.#isClosed) return Promise.resolve({ outcome: 'stopping' });
    if (this.#open >= COMMANDS_MAX) return Promise.resolve({ outcome: 'busy' });
    this.#open++;
    const monotonicMs = this.#parts.clock.monotonicMs();
    return new Promise((answer) => enqueue({ type: 'command', monotonicMs, command, answer }));
  }

  /** It is its turn. */
  take({ command, monotonicMs, answer }: Order): void {
    const { engine, outbox, realClock, sendNotes = false, timekeeper } = this.#parts;
    const { timeMs } = timekeeper.stamp(monotonicMs);
    const result = carryOut(command, engine, { timeMs, sendNotes });
    if (result.outcome !== 'done') {
      this.#open--;
      answer(result);
      return;
    }
    const stored = new AbortController();
    this.#keep(result.alerts, () => {
      this.#open--;
      answer({ ...result, stored: outbox.isInMemory ? 'in-memory' : 'on-disk' });
      stored.abort();
    });
    const ended = AbortSignal.any([stored.signal, this.#over.signal]);
    // The first answer counts.
    void realClock.sleep(STORED_AT_MOST_MS, ended).then(() => answer({ ...result, stored: 'waiting' }));
  }

  /** The loop takes those that are in the queue, and no more. */
  close(): void {
    this.#isClosed = true;
  }

  /** The loop has stored what it could. */
  end(): void {
    this.#over.abort();
  }
}
