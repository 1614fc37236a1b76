/** What an uplink has not acknowledged, counted without reading it. */
import type { RecordKind } from '../domain/record.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { Backlog } from '../ports.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { ChunkExtent, Statements } from './statements.ts';

interface Whose {
  readonly acknowledgements: Acknowledgements;
  readonly uplink: string;
  readonly head: number;
}

export function backlogOf(sql: Statements, { acknowledgements, uplink, head }: Whose): Backlog {
  const left = (kind: RecordKind) => acknowledgements.of(uplink, kind).gaps(head);
  const events = (kind: 'alerts' | 'gaps') =>
    sum(left(kind).map(({ after, through }) => sql[kind].countWithin.get(after, through) ?? 0));
  return {
    alerts: events('alerts'),
    gaps: events('gaps'),
    samples: sum(left('samples').map((range) => samplesWithin(sql, range))),
  };
}

/**
 * When the oldest sample that waits was taken, Unix ms, as exactly as its chunk tells; undefined where none waits, or where
 * its time was not known and is not yet.
 */
export function oldestOf(sql: Statements, { acknowledgements, uplink, head }: Whose): number | undefined {
  for (const { after, through } of acknowledgements.of(uplink, 'samples').gaps(head)) {
    const chunk = chunkAfter(sql, after);
    // Numbers that wait and are no samples are those of alerts and entries.
    if (chunk === undefined || chunk.first_seq > through || chunk.is_empty !== 0) continue;
    const stampedMs = chunk.from_ms ?? chunk.to_ms;
    if (chunk.offset_ms === null) return stampedMs;
    const learnedMs = sql.bootOffset.get(chunk.boot);
    return learnedMs == null ? undefined : stampedMs - chunk.offset_ms + learnedMs;
  }
  return undefined;
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
