/**
 * Messages on which the broker hangs up. AWS IoT Core ends the connection for a message that it will not take, without
 * a word; sent again, such a message would hold up everything for ever.
 *
 * Nobody tells which of the messages under way it was. So whatever was under way at two hang-ups in a row is sent alone
 * from then on; and what has been alone at five is set aside, and tried again after an hour. A line that merely breaks
 * now and then only makes some messages go one at a time.
 */
import type { RecordKind } from '../domain/record.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';

export interface Unanswered {
  readonly kind: RecordKind;
  readonly range: SeqRange;
}

export interface SetAside {
  readonly message: Unanswered;
  readonly hangUps: number;
  readonly retryInMs: number;
}

const HANG_UPS_MAX = 5;

const ASIDE_MS = 3_600_000;

/** With more than this it is the line and not the message; the oldest is then tried again at once. */
const ASIDE_MAX = 16;

export class Quarantine {
  #suspects: readonly Unanswered[] = [];
  #goAlone = false;
  #alone: { readonly message: Unanswered; readonly hangUps: number } | undefined;
  #aside: { readonly message: Unanswered; readonly untilMs: number }[] = [];

  /** The connection has ended while these were under way. @returns what is set aside for it */
  hungUp(unanswered: readonly Unanswered[], nowMs: number): SetAside | undefined {
    const again = unanswered.filter((message) => this.#suspects.some((suspect) => overlap(suspect, message)));
    this.#goAlone = again.length > 0;
    this.#suspects = this.#goAlone ? again : unanswered;
    const [message, ...others] = unanswered;
    const before = this.#alone;
    this.#alone = undefined;
    if (!this.#goAlone || message === undefined || others.length > 0) return undefined;
    const hangUps = before !== undefined && overlap(before.message, message) ? before.hangUps + 1 : 1;
    if (hangUps < HANG_UPS_MAX) {
      this.#alone = { message, hangUps };
      return undefined;
    }
    this.#suspects = [];
    this.#aside = [...this.#aside, { message, untilMs: nowMs + ASIDE_MS }].slice(-ASIDE_MAX);
    return { message, hangUps, retryInMs: ASIDE_MS };
  }

  /** The numbers that it knows are those of a store that is gone. */
  clear(): void {
    this.#suspects = [];
    this.#goAlone = false;
    this.#alone = undefined;
    this.#aside = [];
  }

  /** Whether the message may only be under way when nothing else is. */
  isSuspect(message: Unanswered): boolean {
    return this.#goAlone && this.#suspects.some((suspect) => overlap(suspect, message));
  }

  /** What is not to be sent for now. */
  aside(kind: RecordKind, nowMs: number): SeqRange[] {
    if (this.#aside.length === 0) return [];
    this.#aside = this.#aside.filter(({ untilMs }) => untilMs > nowMs);
    return this.#aside.flatMap(({ message }) => (message.kind === kind ? [message.range] : []));
  }
}

function overlap(a: Unanswered, b: Unanswered): boolean {
  return a.kind === b.kind && a.range.after < b.range.through && b.range.after < a.range.through;
}
