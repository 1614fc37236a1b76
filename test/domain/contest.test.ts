import assert from 'node:assert/strict';
import test from 'node:test';
import { Contest, IDENTITY_DOUBT_MS } from '../../src/domain/contest.ts';
import type { ContestReason } from '../../src/domain/contest-reason.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { recordedHearts, simulatedHeart } from '../fixtures/hearts.ts';
import { requires } from '../requirements.ts';

const reading = (second: number, more: Partial<Sample> = {}): Sample => ({
  athlete: '7',
  strap: 'a09e1a000007',
  timeMs: second * 1000,
  monotonicMs: second * 1000,
  bpm: 70,
  rrMs: [],
  contact: 'detected',
  ...more,
});

test('a doubt about an identity stands for ten minutes after it was last told, for that athlete alone', () => {
  for (const doubt of ['second-advertiser', 'gatt-table-changed'] as const) {
    const contest = new Contest();
    assert.deepEqual(contest.reading(reading(0)), { reasons: [], begun: [] });
    contest.doubt('7', doubt, 500);
    assert.deepEqual(contest.reading(reading(1)), { reasons: [doubt], begun: [doubt] });
    assert.deepEqual(contest.reading(reading(2)), { reasons: [doubt], begun: [] }, 'it begins once');
    assert.deepEqual(contest.reading(reading(2, { athlete: '8' })).reasons, []);
    contest.doubt('7', doubt, 300_000);
    assert.deepEqual(contest.reading(reading((300_000 + IDENTITY_DOUBT_MS) / 1000)).reasons, [doubt]);
    assert.deepEqual(contest.reading(reading((301_000 + IDENTITY_DOUBT_MS) / 1000)).reasons, []);
    contest.doubt('7', doubt, 2_000_000);
    assert.deepEqual(contest.reading(reading(2_001)).begun, [doubt], 'and begins again');
  }
});

test('reasons are told together', () => {
  const contest = new Contest();
  contest.doubt('7', 'gatt-table-changed', 0);
  contest.doubt('7', 'second-advertiser', 0);
  const begun: ContestReason[] = [];
  for (let s = 0; s < 40; s++) begun.push(...contest.reading(reading(s, { rrMs: [400, 410] })).begun);
  assert.deepEqual(begun, ['second-advertiser', 'gatt-table-changed', 'rr-disagrees']);
  assert.deepEqual(contest.reading(reading(40)).reasons, begun);
});

test('a strap’s past is not another strap’s', () => {
  const heart = simulatedHeart(1, 200);
  const replayed = (strap: string) => {
    const contest = new Contest();
    for (const each of heart) contest.reading(each);
    return heart.flatMap((each) => contest.reading({ ...each, strap }).reasons);
  };
  assert.ok(replayed('a09e1a000007').includes('replayed'));
  assert.ok(!replayed('a09e1a000099').includes('replayed'));
});

test('no recorded heart and no simulated one is ever contested', requires('recordings'), () => {
  const hearts = [
    ...Object.values(recordedHearts()),
    ...Array.from({ length: 40 }, (_, i) => simulatedHeart(i + 500, 6_000)),
  ];
  const contest = new Contest();
  for (const [index, heart] of hearts.entries()) {
    for (const each of heart) assert.deepEqual(contest.reading({ ...each, athlete: String(index) }).reasons, []);
  }
});
