/**
 * What an outbox promises, in plain arrays: what was stored, what was acknowledged, and that whatever is no longer there
 * was either acknowledged by everybody or is in the ledger. Nothing here knows how the store does it.
 */
import assert from 'node:assert/strict';
import { type AlertEvent, isOpenAfter } from '../../src/domain/alert.ts';
import type { Gap } from '../../src/domain/gap.ts';
import { type Batch, type NewRecord, RECORD_KINDS, type RecordKind, type Stored } from '../../src/domain/record.ts';
import { SeqRanges } from '../../src/domain/seq-ranges.ts';
import type { Inspection } from './inspection.ts';

export const UPLINKS = ['primary', 'mirror'] as const;

interface Known {
  readonly seq: number;
  /** As JSON, with right times. */
  readonly content: string;
}

const LOSSES: readonly Gap['cause'][] = ['evicted', 'corrupted'];

export class OutboxModel {
  /** Every sample that was ever stored, by what makes it unique. */
  readonly #samples = new Map<string, string>();
  readonly #alerts: string[] = [];
  readonly #openAlerts = new Map<string, AlertEvent>();
  /** Content by number: a number never stands for two. */
  readonly #identities = new Map<number, string>();
  /** Ledger entries of losses that were read, by number: they stay as they are. */
  readonly #losses = new Map<number, Gap>();
  #acknowledged = new Map<string, SeqRanges>();
  /** As it was with the last write that succeeded: what survives a crash at least. */
  #written = new Map<string, SeqRanges>();

  /** They are on the disk. */
  stored(records: readonly NewRecord[]): void {
    for (const record of records) {
      if (record.kind === 'sample') this.#samples.set(keyOf(record.sample), record.sample.athlete);
      if (record.kind === 'alert') {
        this.#alerts.push(JSON.stringify(record.alert));
        const { athlete, rule } = record.alert;
        if (isOpenAfter(record.alert)) this.#openAlerts.set(`${athlete} ${rule}`, record.alert);
        else this.#openAlerts.delete(`${athlete} ${rule}`);
      }
    }
    this.written();
  }

  /** Something was written, and with it what was acknowledged. */
  written(): void {
    this.#written = copyOf(this.#acknowledged);
  }

  read(batch: Batch): void {
    for (const { seq, ...content } of batch.records) this.#identify({ seq, content: JSON.stringify(content) });
    if (batch.kind === 'gaps') this.#enterLosses(batch.records, this.#losses);
  }

  acknowledge(uplink: string, batch: Batch): void {
    this.acknowledged(uplink, batch.kind).add(batch.range);
  }

  acknowledged(uplink: string, kind: RecordKind): SeqRanges {
    const key = `${uplink} ${kind}`;
    const set = this.#acknowledged.get(key) ?? new SeqRanges();
    this.#acknowledged.set(key, set);
    return set;
  }

  /** The store is open again, and remembers this: no less than was written, and no more than was acknowledged or is gone. */
  reopened(acknowledged: (uplink: string, kind: RecordKind) => SeqRanges): void {
    for (const uplink of UPLINKS) {
      for (const kind of RECORD_KINDS) {
        const remembered = acknowledged(uplink, kind);
        const atLeast = this.#written.get(`${uplink} ${kind}`) ?? new SeqRanges();
        for (const range of atLeast.ranges) assert.ok(remembered.covers(range), 'an acknowledgement was forgotten');
        this.#acknowledged.set(`${uplink} ${kind}`, remembered);
      }
    }
    this.written();
  }

  /** Holds what lies on the disk against all that is known. */
  check(found: Inspection): void {
    for (const records of [found.samples, found.alerts, found.gaps]) {
      let before = 0;
      for (const { seq, ...content } of records) {
        assert.ok(seq > before && seq <= found.head, `number ${seq} after ${before}`);
        before = seq;
        this.#identify({ seq, content: JSON.stringify(content) });
      }
    }
    const present = new Set(found.samples.map(keyOf));
    for (const key of present) assert.ok(this.#samples.has(key), `nobody stored ${key}`);
    this.#checkLosses(present, found);
    assert.deepEqual(
      new Set(found.openAlerts.map((alert) => JSON.stringify(alert))),
      new Set([...this.#openAlerts.values()].map((alert) => JSON.stringify(alert))),
    );
  }

  /** Of each athlete: stored = there + acknowledged by all and gone + in the ledger. */
  #checkLosses(present: ReadonlySet<string>, found: Inspection): void {
    const missing = new Map<string, number>();
    for (const [key, athlete] of this.#samples) {
      if (!present.has(key)) missing.set(athlete, (missing.get(athlete) ?? 0) + 1);
    }
    const entered = new Map<string, number>();
    for (const { athlete, count = 0 } of this.#enterLosses(found.gaps, new Map(this.#losses)).values()) {
      entered.set(athlete, (entered.get(athlete) ?? 0) + count);
    }
    for (const [athlete, count] of missing) {
      const lost = entered.get(athlete) ?? 0;
      assert.ok(lost + this.#delivered(athlete, present) >= count, `${athlete}: ${count} gone, ${lost} in the ledger`);
      assert.ok(lost <= count, `${athlete}: ${lost} in the ledger, ${count} gone`);
    }
  }

  #enterLosses(gaps: readonly Stored<Gap>[], losses: Map<number, Gap>): Map<number, Gap> {
    for (const gap of gaps) if (LOSSES.includes(gap.cause)) losses.set(gap.seq, gap);
    return losses;
  }

  /** How many of the athlete's samples that are gone everybody had acknowledged. */
  #delivered(athlete: string, present: ReadonlySet<string>): number {
    const [first = new SeqRanges(), second = first] = UPLINKS.map((uplink) => this.acknowledged(uplink, 'samples'));
    const byAll = first.and(second);
    let count = 0;
    for (const [seq, content] of this.#identities) {
      const record = JSON.parse(content) as { athlete: string; monotonicMs?: number };
      if (record.monotonicMs === undefined || record.athlete !== athlete || !byAll.has(seq)) continue;
      if (!present.has(keyOf({ athlete, monotonicMs: record.monotonicMs }))) count++;
    }
    return count;
  }

  #identify({ seq, content }: Known): void {
    const before = this.#identities.get(seq);
    if (before !== undefined) assert.equal(content, before, `number ${seq} stands for two records`);
    this.#identities.set(seq, content);
  }
}

function keyOf({ athlete, monotonicMs }: { athlete: string; monotonicMs: number }): string {
  return `${athlete} ${monotonicMs}`;
}

function copyOf(sets: ReadonlyMap<string, SeqRanges>): Map<string, SeqRanges> {
  return new Map([...sets].map(([key, set]) => [key, set.copy()]));
}
