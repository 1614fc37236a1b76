/**
 * The alerts of the log that a webhook has not read yet, in two queues: those that are new, and those that were there when
 * it began or were forgotten since. So nothing that is old is in the way of what is new, however much there is of it.
 */
import type { Batch } from '../../domain/record.ts';
import { ENDLESS, type SeqRange } from '../../domain/seq-ranges.ts';
import type { Outbox } from '../../ports.ts';

export type Age = 'new' | 'old';

export class UnreadAlerts {
  readonly #outbox: Outbox;
  readonly #role: string;
  /** The store that numbers are about. */
  #epoch = '';
  /** Up to here the log was read. */
  #readThrough: Record<Age, number> = { new: 0, old: 0 };
  #hasOld = false;

  /** @param role by which the log knows the webhook */
  constructor(outbox: Outbox, role: string) {
    this.#outbox = outbox;
    this.#role = role;
  }

  /** A webhook that this store has never seen begins with what comes: yesterday's alerts are no news to anybody. */
  begin(): void {
    const { head, epoch } = this.#outbox;
    const isKnown = this.#outbox.acknowledged(this.#role, 'gaps').ranges.length > 0;
    if (!isKnown) this.#acknowledge('alerts', { after: 0, through: head });
    this.#enter(epoch);
    this.#readThrough.new = head;
    this.#hasOld = isKnown;
  }

  /** What is not acknowledged is read once more. */
  again(): void {
    this.#readThrough.old = 0;
    this.#hasOld = true;
  }

  /** One alert. @throws OperatingError where the store cannot be read */
  async next(age: Age): Promise<Batch | undefined> {
    const outbox = this.#outbox;
    for (;;) {
      // What was saved of a store whose place another one has taken comes anew.
      if (outbox.epoch !== this.#epoch) this.#enter(outbox.epoch);
      const epoch = this.#epoch;
      const range = this.#unread(age);
      if (range === undefined) return undefined;
      const batch = await outbox.read('alerts', range, 1);
      if (outbox.epoch !== epoch) continue;
      this.#readThrough[age] = batch?.range.through ?? range.through;
      if (batch !== undefined) return batch;
    }
  }

  /** The same alert as the log has it now; undefined where it is not there any more. */
  async anew({ range, epoch, storedIn = epoch }: Batch): Promise<Batch | undefined> {
    if (this.#outbox.epoch !== storedIn) return undefined;
    const batch = await this.#outbox.read('alerts', range, 1);
    return this.#outbox.epoch === storedIn ? batch : undefined;
  }

  #unread(age: Age): SeqRange | undefined {
    if (age === 'old' && !this.#hasOld) return undefined;
    const through = age === 'old' ? this.#readThrough.new : this.#outbox.head;
    const range = this.#outbox
      .acknowledged(this.#role, 'alerts')
      .gaps(through)
      .map((gap) => ({ after: Math.max(gap.after, this.#readThrough[age]), through: gap.through }))
      .find((gap) => gap.through > gap.after);
    if (age === 'old') this.#hasOld = range !== undefined;
    return range;
  }

  /** It takes neither samples nor ledger entries, which is also how it knows a store in which it has been. */
  #enter(epoch: string): void {
    this.#epoch = epoch;
    this.#readThrough = { new: 0, old: 0 };
    this.#hasOld = false;
    for (const kind of ['samples', 'gaps'] as const) this.#acknowledge(kind, ENDLESS);
  }

  #acknowledge(kind: Batch['kind'], range: SeqRange): void {
    const { epoch } = this.#outbox;
    this.#outbox.acknowledge(this.#role, { kind, range, epoch, records: { length: 0 } });
  }
}
