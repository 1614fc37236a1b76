/**
 * The part of the outbox that the ingest loop and the watch on the time write to. A test decides when a write ends, and
 * how; what was written can be looked at as a receiver would get it.
 */
import { type AlertEvent, isOpenAfter } from '../../src/domain/alert.ts';
import { OperatingError } from '../../src/domain/errors.ts';
import { correctedGap, type Gap } from '../../src/domain/gap.ts';
import type { LedgerPast } from '../../src/domain/ledger.ts';
import type { NewRecord } from '../../src/domain/record.ts';
import type { Past } from '../../src/domain/rules/engine.ts';
import type { RecalledSample, Sample } from '../../src/domain/sample.ts';
import type { ClockPast, Recalled } from '../../src/domain/timekeeper.ts';
import type { Outbox } from '../../src/ports.ts';

interface Kept {
  readonly record: NewRecord;
  /** The number of the boot in which it was written. */
  readonly boot: number;
}

export class ScriptedStore
  implements Pick<Outbox, 'append' | 'isInMemory' | 'learnTime' | 'recall' | 'releaseUnsynchronised'>
{
  /** While true, nothing can be written, as on a full disk. */
  fails = false;
  /** As if it carried on in memory. */
  isInMemory = false;
  /** What every write rejects with, where that is no operating failure. */
  fault: Error | undefined;
  /** Every append that was begun, failed ones too. */
  readonly appends: (readonly NewRecord[])[] = [];
  isReleased = false;
  /** While true, nothing is written and nobody is told: the process that writes has been killed. */
  isDeaf = false;
  readonly #kept: Kept[] = [];
  /** By the number of the boot. */
  readonly #learnedMs = new Map<number, number>();
  #boot = 0;
  #held: Promise<void> | undefined;
  #release = () => {};

  /** From now on no write ends, until released. */
  hold(): void {
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#release();
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.appends.push(records);
    await this.#write();
    if (this.isDeaf) return;
    this.#kept.push(...records.map((record) => ({ record, boot: this.#boot })));
  }

  async learnTime(offsetMs: number): Promise<void> {
    await this.#write();
    this.#learnedMs.set(this.#boot, offsetMs);
  }

  async releaseUnsynchronised(): Promise<void> {
    await this.#write();
    this.isReleased = true;
  }

  /** The machine starts anew: what it learned of the time is of another boot. */
  reboot(): void {
    this.#boot++;
    this.isReleased = false;
  }

  /** What this boot has learned of its time. */
  get learnedMs(): number | undefined {
    return this.#learnedMs.get(this.#boot);
  }

  get records(): NewRecord[] {
    return this.#kept.map(({ record }) => record);
  }

  get samples(): Sample[] {
    return this.#kept.flatMap(({ record, boot }) =>
      record.kind === 'sample' ? [shifted(record.sample, this.#correctionOf(record, boot))] : [],
    );
  }

  get alerts(): AlertEvent[] {
    return this.#kept.flatMap(({ record, boot }) =>
      record.kind === 'alert' ? [shifted(record.alert, this.#correctionOf(record, boot))] : [],
    );
  }

  get gaps(): Gap[] {
    return this.#kept.flatMap(({ record, boot }) => {
      if (record.kind !== 'gap') return [];
      const isRight = record.offsetMs === undefined || !this.#learnedMs.has(boot);
      return [isRight ? record.gap : correctedGap(record.gap, this.#correctionOf(record, boot))];
    });
  }

  /** How many of each kind are stored. */
  get counts() {
    return { alerts: this.alerts.length, gaps: this.gaps.length, samples: this.samples.length };
  }

  /** Without a bound, and whole. */
  async recall(): Promise<Past & LedgerPast & ClockPast> {
    const openAlerts = new Map<string, AlertEvent>();
    const openGaps = new Map<string, Recalled<Gap>>();
    const samples: RecalledSample[] = [];
    let newestTrustedMs = Number.NEGATIVE_INFINITY;
    for (const { record, boot } of this.#kept) {
      const isProvisional = record.offsetMs !== undefined && boot === this.#boot && this.learnedMs === undefined;
      const mark = isProvisional ? { offsetMs: record.offsetMs } : {};
      const correctionMs = this.#correctionOf(record, boot);
      if (record.kind === 'sample') {
        const isRight = record.offsetMs === undefined || this.#learnedMs.has(boot);
        const never = isRight || isProvisional ? {} : { isUnsynchronised: true as const };
        samples.push({ ...shifted(record.sample, correctionMs), ...mark, ...never });
        if (isRight) newestTrustedMs = Math.max(newestTrustedMs, record.sample.timeMs + correctionMs);
      } else if (record.kind === 'alert') {
        const { alert } = record;
        if (isOpenAfter(alert)) openAlerts.set(`${alert.athlete} ${alert.rule}`, shifted(alert, correctionMs));
        else openAlerts.delete(`${alert.athlete} ${alert.rule}`);
      } else if (record.gap.toMs === undefined) {
        const gap = isProvisional ? record.gap : correctedGap(record.gap, correctionMs);
        openGaps.set(gap.athlete, { ...gap, ...mark });
      } else if (record.gap.count === undefined) openGaps.delete(record.gap.athlete);
    }
    const { learnedMs: learnedOffsetMs } = this;
    const learned = learnedOffsetMs === undefined ? {} : { learnedOffsetMs };
    const newest = newestTrustedMs === Number.NEGATIVE_INFINITY ? {} : { newestTrustedMs };
    return { openAlerts: [...openAlerts.values()], openGaps: [...openGaps.values()], samples, ...learned, ...newest };
  }

  #correctionOf({ offsetMs }: NewRecord, boot: number): number {
    return offsetMs === undefined ? 0 : (this.#learnedMs.get(boot) ?? offsetMs) - offsetMs;
  }

  /**
   * The oldest samples are gone, and entered in the ledger with their number, as where the store is full or damaged. The
   * newest of each athlete stay, from which the next process goes on.
   */
  drop(count: number, cause: 'evicted' | 'corrupted'): void {
    const dropped: Sample[] = [];
    const newest = new Map(this.samples.map(({ athlete, monotonicMs }) => [athlete, monotonicMs]));
    for (let at = 0; at < this.#kept.length && dropped.length < count; ) {
      const record = this.#kept[at]?.record;
      if (record?.kind !== 'sample' || newest.get(record.sample.athlete) === record.sample.monotonicMs) at++;
      else {
        dropped.push(record.sample);
        this.#kept.splice(at, 1);
      }
    }
    for (const athlete of new Set(dropped.map((sample) => sample.athlete))) {
      const times = dropped.filter((sample) => sample.athlete === athlete).map(({ timeMs }) => timeMs);
      const gap = { athlete, fromMs: Math.min(...times), toMs: Math.max(...times), cause, count: times.length };
      this.#kept.push({ record: { kind: 'gap', gap }, boot: this.#boot });
    }
  }

  async #write(): Promise<void> {
    await this.#held;
    if (this.fault !== undefined) throw this.fault;
    if (this.fails) throw new OperatingError('store-write-failed', 'outbox.db: database or disk is full (SQLITE_FULL)');
  }
}

function shifted<T extends { readonly timeMs: number }>(record: T, correctionMs: number): T {
  return { ...record, timeMs: record.timeMs + correctionMs };
}
