/** What the writer tells on its standard output, one line an event, in the order in which it happened. */
import type { Recognised } from './records.ts';

interface Group {
  /** Running numbers, both included. */
  readonly from: number;
  readonly through: number;
}

export type Told =
  /** Nothing of the store was touched before this. */
  | { readonly event: 'opening'; readonly pid: number }
  | { readonly event: 'opened'; readonly epoch: string }
  /** The store could not be opened; the process ends by itself. */
  | { readonly event: 'unopened'; readonly code: string; readonly message: string }
  /** Read from the store without being delivered: all there is, between `opened` and `inspected`. */
  | ({ readonly event: 'found' } & Recognised)
  | { readonly event: 'inspected' }
  /** Before the append begins. */
  | ({ readonly event: 'appending' } & Group)
  /** After the append resolved; how often a short timer of the writer came to its turn in between. */
  | ({ readonly event: 'stored'; readonly ticks: number } & Group)
  | ({ readonly event: 'refused'; readonly code: string; readonly message: string } & Group)
  /** A receiver has them. The acknowledgement is given to the store right after this. */
  | ({ readonly event: 'delivered' } & Recognised)
  /** The disk is dead, and the store goes on in memory; then it is on the disk again, with what was in memory. */
  | { readonly event: 'in-memory' }
  | { readonly event: 'on-disk-again'; readonly records: number }
  | { readonly event: 'unread'; readonly code: string; readonly message: string }
  | { readonly event: 'syncing' }
  | { readonly event: 'synced' }
  | { readonly event: 'unsynced'; readonly code: string; readonly message: string }
  | { readonly event: 'closed' }
  /** What was acknowledged last could not be written; the store is closed all the same. */
  | { readonly event: 'unclosed'; readonly code: string; readonly message: string };
