import assert from 'node:assert/strict';
import test from 'node:test';
import type { Gap } from '../../src/domain/gap.ts';
import { TodaysGaps } from '../../src/gateway/gaps-today.ts';

const DAY_MS = 86_400_000;
const NOON_MS = new Date(2026, 0, 31, 12).getTime();

const lost = (fromMs: number, count: number): Gap => ({
  athlete: '7',
  fromMs,
  toMs: fromMs + 3_000,
  cause: 'queue-overflow',
  count,
});

test('the entries of a day are added up over athletes and causes, and the next day begins with none', () => {
  let nowMs = NOON_MS;
  const today = new TodaysGaps(() => nowMs);
  assert.deepEqual(today.total(), { gaps: 0, seconds: 0, readings: 0 });
  today.add(lost(nowMs, 12));
  today.add({ ...lost(nowMs, 3), athlete: '8' });
  assert.deepEqual(today.total(), { gaps: 2, seconds: 6, readings: 15 });
  nowMs += DAY_MS;
  assert.deepEqual(today.total(), { gaps: 0, seconds: 0, readings: 0 });
  today.add(lost(nowMs, 1));
  assert.equal(today.total().readings, 1);
});

test('a silence that began yesterday and is over today counts today', () => {
  let nowMs = NOON_MS;
  const today = new TodaysGaps(() => nowMs);
  const silence: Gap = { athlete: '7', fromMs: nowMs, cause: 'no-signal' };
  today.add(silence);
  nowMs += DAY_MS;
  today.add({ ...silence, toMs: nowMs });
  assert.deepEqual(today.total(), { gaps: 1, seconds: DAY_MS / 1_000, readings: 0 });
});
