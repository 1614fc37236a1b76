/** What an uplink has not acknowledged, counted without reading it. */
import type { RecordKind } from '../domain/record.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { Backlog } from '../ports.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { ChunkExtent, Statements } from './statements.ts';

export function backlogOf(
  sql: Statements,
  { acknowledgements, uplink, head }: { acknowledgements: Acknowledgements; uplink: string; head: number },
): Backlog {
  const left = (kind: RecordKind) => acknowledgements.of(uplink, kind).gaps(head);
  const events = (kind: 'alerts' | 'gaps') =>
    sum(left(kind).map(({ after, through }) => sql[kind].countWithin.get(after, through) ?? 0));
  return {
    alerts: events('alerts'),
    gaps: events('gaps'),
    samples: sum(left('samples').map((range) => samplesWithin(sql, range))),
  };
}

/** How many samples there are in the range; there is no hole in it, since what is gone is settled. */
function samplesWithin(sql: Statements, { after, through }: SeqRange): number {
  const first = chunkAfter(sql, after);
  const last = sql.chunkAt.get(through);
  if (first === undefined || last === undefined || last.first_seq < first.first_seq) return 0;
  const before = first.total - samplesBehind(first, Math.max(after, first.first_seq - 1));
  return last.total - samplesBehind(last, Math.min(through, last.last_seq)) - before;
}

function chunkAfter(sql: Statements, seq: number): ChunkExtent | undefined {
  const at = sql.chunkAt.get(seq);
  return at !== undefined && at.last_seq > seq ? at : sql.chunkWithin.get(seq, Number.MAX_SAFE_INTEGER);
}

/** How many samples of the chunk have numbers above this one, which is in it. */
function samplesBehind({ last_seq, is_empty }: ChunkExtent, seq: number): number {
  return is_empty !== 0 ? 0 : last_seq - seq;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
