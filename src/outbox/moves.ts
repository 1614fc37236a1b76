/**
 * Where records of a store are in the one that took them over: whoever acknowledges them by the numbers that they had is
 * understood, however late.
 */
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { AcknowledgedPairs, Move } from './store-requests.ts';

/** Adds records that were moved after all others. */
export function addMove(moves: Move[], { after, through, by }: Move): void {
  const last = moves.at(-1);
  if (last?.by === by && last.through === after) moves[moves.length - 1] = { after: last.after, through, by };
  else moves.push({ after, through, by });
}

/** What of a range was moved, by the numbers that it has now. */
export function movedRange(moves: readonly Move[], { after, through }: SeqRange): SeqRange[] {
  return moves.flatMap((move) => {
    const part = { after: Math.max(after, move.after), through: Math.min(through, move.through) };
    return part.through <= part.after ? [] : [{ after: part.after + move.by, through: part.through + move.by }];
  });
}

export function movedPairs(moves: readonly Move[], acknowledged: AcknowledgedPairs): AcknowledgedPairs {
  return acknowledged.map(({ uplink, kind, pairs }) => ({
    uplink,
    kind,
    pairs: pairs.flatMap(([after, through]) =>
      movedRange(moves, { after, through }).map((range) => [range.after, range.through] as const),
    ),
  }));
}
