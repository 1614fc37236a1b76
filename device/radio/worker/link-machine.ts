/**
 * The life of one link, from the attempt to connect to its end, as a state machine: pure, time comes in.
 *
 * Invariants: every phase but the last has a deadline, so that no wait is without end, whatever noble leaves
 * undone; a link that was made is disconnected, and one that was not is never (noble would end another one); a link
 * ends once, with a reason.
 *
 * ```
 * connecting ─▶ discovering ─▶ subscribing ─▶ subscribed ─▶ disconnecting ─▶ ended
 *      │             └─▶ identifying ─▶ awaiting ─┘                             ▲
 *      └─▶ cancelling ──────────────────────────────────────────────────────────┘
 * ```
 */
import type { WorkerTiming } from './timing.ts';

export interface LinkEnd {
  /** For people. */
  readonly reason: string;
  /** HCI status or disconnection reason, where the controller gave one. */
  readonly code?: number;
}

export type LinkState =
  | { readonly phase: 'connecting'; readonly identify: boolean; readonly deadlineMs: number }
  /** The attempt has been called off; the controller says by itself what came of it. */
  | { readonly phase: 'cancelling'; readonly end: LinkEnd; readonly deadlineMs: number }
  | { readonly phase: 'discovering'; readonly identify: boolean; readonly deadlineMs: number }
  | { readonly phase: 'identifying'; readonly deadlineMs: number }
  /** The serial number was told, and the core decides. */
  | { readonly phase: 'awaiting'; readonly deadlineMs: number }
  | { readonly phase: 'subscribing'; readonly deadlineMs: number }
  | { readonly phase: 'subscribed'; readonly deadlineMs: number }
  | { readonly phase: 'disconnecting'; readonly end: LinkEnd; readonly deadlineMs: number }
  | { readonly phase: 'ended'; readonly end: LinkEnd };

export type LinkEvent =
  | { readonly type: 'connected' }
  /** The attempt failed, as the controller or noble says. */
  | { readonly type: 'refused'; readonly end: LinkEnd }
  | { readonly type: 'disconnected'; readonly end: LinkEnd }
  | { readonly type: 'discovered' }
  | { readonly type: 'identified' }
  | { readonly type: 'subscribed' }
  /** The procedure of this phase failed. */
  | { readonly type: 'failed'; readonly reason: string }
  /** A notification came. */
  | { readonly type: 'heard' }
  /** The core wants this strap after all. */
  | { readonly type: 'wanted' }
  /** Somebody wants the link to end. */
  | { readonly type: 'release'; readonly reason: string }
  | { readonly type: 'deadline' };

export type LinkEffect =
  | 'connect'
  | 'cancel-connect'
  | 'discover'
  | 'identify'
  | 'subscribe'
  /** Battery and device information, beside everything else. */
  | 'read-details'
  | 'disconnect'
  /** noble's state and the controller's have parted for good: only another instance helps. */
  | 'give-up-noble';

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

type Timing = Pick<WorkerTiming, 'connectMs' | 'cancelMs' | 'gattMs' | 'verdictMs' | 'disconnectMs' | 'silentMs'>;

export function beginLink({ identify }: { identify: boolean }, nowMs: number, { connectMs }: Timing): LinkStep {
  return { state: { phase: 'connecting', identify, deadlineMs: nowMs + connectMs }, effects: ['connect'] };
}

/** Whether the adapter is free for the next connect. */
export function isConnecting({ phase }: LinkState): boolean {
  return phase === 'connecting' || phase === 'cancelling';
}

/** An event that has no place in the phase is a late answer, and changes nothing. */
export function stepLink(state: LinkState, event: LinkEvent, nowMs: number, timing: Timing): LinkStep {
  switch (state.phase) {
    case 'connecting':
      return connecting(state, event, nowMs, timing);
    case 'cancelling':
      return cancelling(state, event, nowMs, timing);
    case 'discovering':
    case 'identifying':
    case 'awaiting':
    case 'subscribing':
      return preparing(state, event, nowMs, timing);
    case 'subscribed':
      return subscribed(state, event, nowMs, timing);
    case 'disconnecting':
      return disconnecting(state, event);
    case 'ended':
      return { state, effects: [] };
  }
}

type In<Phase extends LinkState['phase']> = LinkState & { readonly phase: Phase };

function connecting(state: In<'connecting'>, event: LinkEvent, nowMs: number, timing: Timing): LinkStep {
  switch (event.type) {
    case 'connected':
      return {
        state: { phase: 'discovering', identify: state.identify, deadlineMs: nowMs + timing.gattMs },
        effects: ['discover'],
      };
    case 'refused':
      return ended(event.end);
    case 'disconnected':
      return ended(event.end);
    case 'deadline':
      return cancel(noAnswer('connecting', timing.connectMs), nowMs, timing);
    case 'release':
      return cancel({ reason: event.reason }, nowMs, timing);
    default:
      return unchanged(state);
  }
}

function cancelling(state: In<'cancelling'>, event: LinkEvent, nowMs: number, timing: Timing): LinkStep {
  switch (event.type) {
    // Made just before it was called off.
    case 'connected':
      return disconnect(state.end, nowMs, timing);
    case 'refused':
    case 'disconnected':
      return ended(state.end);
    case 'deadline':
      return { state: { phase: 'ended', end: state.end }, effects: ['give-up-noble'] };
    default:
      return unchanged(state);
  }
}

function preparing(
  state: In<'discovering' | 'identifying' | 'awaiting' | 'subscribing'>,
  event: LinkEvent,
  nowMs: number,
  timing: Timing,
): LinkStep {
  switch (event.type) {
    case 'discovered': {
      if (state.phase !== 'discovering') return unchanged(state);
      const deadlineMs = nowMs + timing.gattMs;
      return state.identify
        ? { state: { phase: 'identifying', deadlineMs }, effects: ['identify'] }
        : { state: { phase: 'subscribing', deadlineMs }, effects: ['subscribe'] };
    }
    case 'identified':
      if (state.phase !== 'identifying') return unchanged(state);
      return { state: { phase: 'awaiting', deadlineMs: nowMs + timing.verdictMs }, effects: [] };
    case 'wanted':
      if (state.phase !== 'awaiting') return unchanged(state);
      return { state: { phase: 'subscribing', deadlineMs: nowMs + timing.gattMs }, effects: ['subscribe'] };
    case 'subscribed':
      if (state.phase !== 'subscribing') return unchanged(state);
      return { state: { phase: 'subscribed', deadlineMs: nowMs + timing.silentMs }, effects: ['read-details'] };
    case 'disconnected':
      return ended(event.end);
    case 'failed':
      return disconnect({ reason: event.reason }, nowMs, timing);
    case 'release':
      return disconnect({ reason: event.reason }, nowMs, timing);
    case 'deadline':
      return disconnect(overdue(state.phase, timing), nowMs, timing);
    default:
      return unchanged(state);
  }
}

function subscribed(state: In<'subscribed'>, event: LinkEvent, nowMs: number, timing: Timing): LinkStep {
  switch (event.type) {
    case 'heard':
      return { state: { phase: 'subscribed', deadlineMs: nowMs + timing.silentMs }, effects: [] };
    case 'disconnected':
      return ended(event.end);
    case 'release':
      return disconnect({ reason: event.reason }, nowMs, timing);
    case 'deadline':
      return disconnect({ reason: 'the strap sends nothing' }, nowMs, timing);
    default:
      return unchanged(state);
  }
}

function disconnecting(state: In<'disconnecting'>, event: LinkEvent): LinkStep {
  if (event.type === 'disconnected') return ended(state.end);
  if (event.type !== 'deadline') return unchanged(state);
  // By now even a link that nobody ended has run into its supervision timeout. noble takes it for connected for ever,
  // and would refuse to connect to this strap again.
  return { state: { phase: 'ended', end: state.end }, effects: ['give-up-noble'] };
}

function cancel(end: LinkEnd, nowMs: number, { cancelMs }: Timing): LinkStep {
  return { state: { phase: 'cancelling', end, deadlineMs: nowMs + cancelMs }, effects: ['cancel-connect'] };
}

function disconnect(end: LinkEnd, nowMs: number, { disconnectMs }: Timing): LinkStep {
  return { state: { phase: 'disconnecting', end, deadlineMs: nowMs + disconnectMs }, effects: ['disconnect'] };
}

function ended(end: LinkEnd): LinkStep {
  return { state: { phase: 'ended', end }, effects: [] };
}

function unchanged(state: LinkState): LinkStep {
  return { state, effects: [] };
}

const PROCEDURES = {
  discovering: 'discovery',
  identifying: 'reading the serial number',
  subscribing: 'subscribing',
} as const;

function overdue(phase: 'discovering' | 'identifying' | 'awaiting' | 'subscribing', timing: Timing): LinkEnd {
  if (phase === 'awaiting') return { reason: 'nobody asked for this strap' };
  return noAnswer(PROCEDURES[phase], timing.gattMs);
}

function noAnswer(what: string, ms: number): LinkEnd {
  return { reason: `${what}: no answer within ${ms / 1000} s` };
}
