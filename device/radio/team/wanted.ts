/** A wish, how it fares, and the link that serves it. */
import type { StrapWish } from '../../../src/ports.ts';
import type { HeardStrap } from './heard-strap.ts';

/**
 * `connecting` waits for a link on the air; `asking` waits for the serial number of a strap that may be nobody's;
 * `preparing` for the subscription; `releasing` for the end that was asked for.
 */
export type LinkState = 'connecting' | 'asking' | 'preparing' | 'subscribed' | 'releasing';

/** One attempt and what came of it, until the worker has told its end. It takes up a place of its adapter. */
export interface Link {
  readonly adapter: string;
  readonly strap: HeardStrap;
  /** Whom it serves; nobody while the strap is being asked who it is, and when nobody asked for the link. */
  wanted: Wanted | undefined;
  state: LinkState;
  /** It is being connected, or may be: its adapter connects no other. */
  holdsSlot: boolean;
  readonly sinceMs: number;
  /** How many others its adapter held when it was asked for this one. */
  readonly others: number;
  subscribedMs: number | undefined;
  /** Until when the worker must have told of the next state; never, while subscribed. */
  deadlineMs: number;
  /** The scheduler's own reason for its end. */
  releasedFor: string | undefined;
  /** Its end is not the strap's fault. */
  spared: boolean;
}

export interface Wanted {
  readonly wish: StrapWish;
  /** The straps whose first claim is on this wish; few, see `HeardStraps`. */
  readonly candidates: HeardStrap[];
  /** Which of them is read: the first that was heard, until it is gone for some time. */
  current: HeardStrap | undefined;
  link: Link | undefined;
  lastAttemptMs: number;
  /** In a row, whichever strap it was. */
  failures: number;
  /** Since when the strap has been heard and no adapter that hears it has a place. */
  crampedSinceMs: number | undefined;
}

export function wantedOf(wish: StrapWish): Wanted {
  return {
    wish,
    candidates: [],
    current: undefined,
    link: undefined,
    lastAttemptMs: Number.NEGATIVE_INFINITY,
    failures: 0,
    crampedSinceMs: undefined,
  };
}
