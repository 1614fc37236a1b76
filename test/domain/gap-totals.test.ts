import assert from 'node:assert/strict';
import test from 'node:test';
import { GAP_CAUSES, type Gap, type GapCause } from '../../src/domain/gap.ts';
import { GapTotals } from '../../src/domain/gap-totals.ts';

const T0 = 1_700_000_000_000;

function totalsOf(...gaps: Gap[]) {
  const totals = new GapTotals();
  for (const gap of gaps) totals.add(gap);
  return totals.totals();
}

const silence = (cause: GapCause, fromMs: number, toMs?: number): Gap => ({
  athlete: '7',
  cause,
  fromMs,
  ...(toMs === undefined ? {} : { toMs }),
});

test('a silence that goes on is one gap that is open, and one gap with its length when it is over', () => {
  const begun = silence('link-lost', T0);
  const total = { athlete: '7', cause: 'link-lost', gaps: 1, readings: 0 };
  assert.deepEqual(totalsOf(begun), [{ ...total, seconds: 0, isOpen: true }]);
  assert.deepEqual(totalsOf(begun, silence('link-lost', T0, T0 + 42_000)), [{ ...total, seconds: 42, isOpen: false }]);
});

test('a silence whose cause became known only later counts under that one alone', () => {
  assert.deepEqual(totalsOf(silence('no-signal', T0), silence('out-of-range', T0, T0 + 9_000)), [
    { athlete: '7', cause: 'out-of-range', gaps: 1, seconds: 9, readings: 0, isOpen: false },
  ]);
});

test('readings that were lost are counted, and end no silence', () => {
  const lost: Gap = { athlete: '7', cause: 'queue-overflow', fromMs: T0, toMs: T0 + 2_000, count: 30 };
  assert.deepEqual(totalsOf(silence('link-lost', T0), lost, { ...lost, count: 5 }), [
    { athlete: '7', cause: 'link-lost', gaps: 1, seconds: 0, readings: 0, isOpen: true },
    { athlete: '7', cause: 'queue-overflow', gaps: 2, seconds: 4, readings: 35, isOpen: false },
  ]);
});

test('an entry that has taken the place of an earlier one adds what it says more, and is no other gap', () => {
  const totals = new GapTotals();
  const evicted = (seconds: number, count: number): Gap => ({
    athlete: '7',
    cause: 'evicted',
    fromMs: T0,
    toMs: T0 + seconds * 1_000,
    count,
  });
  totals.add(evicted(10, 11));
  totals.add(evicted(30, 31), evicted(10, 11));
  totals.add(evicted(5, 6));
  assert.deepEqual(totals.totals(), [
    { athlete: '7', cause: 'evicted', gaps: 2, seconds: 35, readings: 37, isOpen: false },
  ]);
});

test('readings that were corrupted in unknown number end no silence', () => {
  const corrupted: Gap = { athlete: '7', cause: 'corrupted', fromMs: T0 - 9_000, toMs: T0 - 1_000 };
  assert.deepEqual(totalsOf(silence('link-lost', T0), corrupted), [
    { athlete: '7', cause: 'link-lost', gaps: 1, seconds: 0, readings: 0, isOpen: true },
    { athlete: '7', cause: 'corrupted', gaps: 1, seconds: 8, readings: 0, isOpen: false },
  ]);
});

test('however many gaps there are, there is one total an athlete and cause', () => {
  const totals = new GapTotals();
  const causes = Object.keys(GAP_CAUSES) as GapCause[];
  for (let i = 0; i < 10_000; i++) {
    const cause = causes[i % causes.length] as GapCause;
    totals.add({ athlete: '7', cause, fromMs: T0 + i, toMs: T0 + i + 1_000 });
  }
  assert.equal(totals.totals().length, causes.length);
  assert.equal(
    totals.totals().reduce((sum, { gaps }) => sum + gaps, 0),
    10_000,
  );
});
