import assert from 'node:assert/strict';
import test from 'node:test';
import { correctedGap } from '../../src/domain/gap.ts';
import { Ledger } from '../../src/domain/ledger.ts';
import type { Sample } from '../../src/domain/sample.ts';

const T0 = 1_700_000_000_000;

const reading = (athlete: string, second: number, monotonicSecond = second): Sample => ({
  athlete,
  strap: 'a09e1a000007',
  timeMs: T0 + second * 1000,
  monotonicMs: monotonicSecond * 1000,
  bpm: 70,
  rrMs: [],
  contact: 'detected',
});

test('readings a second apart leave no entry, the first one neither', () => {
  const ledger = new Ledger();
  for (let s = 0; s < 10; s++) assert.equal(ledger.reading(reading('7', s)), undefined);
  assert.deepEqual(ledger.takeLost(), []);
});

test('a silence of more than five seconds is an entry as soon as it is over', () => {
  const ledger = new Ledger();
  ledger.reading(reading('7', 0));
  assert.equal(ledger.reading(reading('7', 5)), undefined);
  assert.deepEqual(ledger.reading(reading('7', 11)), {
    athlete: '7',
    fromMs: T0 + 5_000,
    toMs: T0 + 11_000,
    cause: 'no-signal',
  });
});

test('a silence after the link was lost has that cause, for that athlete only', () => {
  const ledger = new Ledger();
  ledger.reading(reading('7', 0));
  ledger.reading(reading('8', 0));
  ledger.interrupted('7', 'link-lost');
  assert.equal(ledger.reading(reading('7', 20))?.cause, 'link-lost');
  assert.equal(ledger.reading(reading('8', 20))?.cause, 'no-signal');
  assert.equal(ledger.reading(reading('7', 40))?.cause, 'no-signal');
});

test('what interrupted the readings tells one silence from another', () => {
  for (const cause of ['out-of-range', 'adapter-lost', 'link-lost'] as const) {
    const ledger = new Ledger();
    ledger.reading(reading('7', 0));
    ledger.interrupted('7', cause);
    assert.deepEqual(ledger.silences(9_000), [{ athlete: '7', fromMs: T0, cause }]);
    assert.equal(ledger.reading(reading('7', 20))?.cause, cause);
  }
});

test('a lost link costs a reading as soon as one is missing, a jitter of the radio does not', () => {
  const ledger = new Ledger();
  ledger.reading(reading('7', 0));
  ledger.interrupted('7', 'link-lost');
  assert.deepEqual(ledger.reading(reading('7', 3)), {
    athlete: '7',
    fromMs: T0,
    toMs: T0 + 3_000,
    cause: 'link-lost',
  });
  ledger.interrupted('7', 'link-lost');
  assert.equal(ledger.reading(reading('7', 4.4)), undefined);
  assert.equal(ledger.reading(reading('7', 8)), undefined);
  ledger.interrupted('7', 'link-lost');
  assert.equal(ledger.reading(reading('7', 10))?.cause, 'link-lost');
});

test('a silence that does not end is entered once, when it is noticed, and again when it is over', () => {
  const ledger = new Ledger();
  ledger.reading(reading('7', 0));
  ledger.reading(reading('8', 4));
  ledger.interrupted('7', 'link-lost');
  assert.deepEqual(ledger.silences(5_000), []);
  assert.deepEqual(ledger.silences(5_001), [{ athlete: '7', fromMs: T0, cause: 'link-lost' }]);
  assert.deepEqual(ledger.silences(9_000), []);
  assert.deepEqual(ledger.silences(9_001), [{ athlete: '8', fromMs: T0 + 4_000, cause: 'no-signal' }]);
  assert.equal(ledger.reading(reading('7', 100))?.toMs, T0 + 100_000);
  assert.deepEqual(ledger.silences(101_000), []);
  assert.deepEqual(ledger.silences(105_001), [{ athlete: '7', fromMs: T0 + 100_000, cause: 'no-signal' }]);
});

test('the time between the last reading before a stop and the first after it is an entry, however short', () => {
  const ledger = new Ledger();
  ledger.resume({ samples: [reading('7', 0), reading('8', 1), reading('7', 2)], openGaps: [] }, 3_000);
  assert.deepEqual(ledger.reading(reading('7', 3)), {
    athlete: '7',
    fromMs: T0 + 2_000,
    toMs: T0 + 3_000,
    cause: 'gateway-stopped',
  });
  assert.equal(ledger.reading(reading('7', 4)), undefined);
  assert.deepEqual(ledger.silences(8_001), [{ athlete: '8', fromMs: T0 + 1_000, cause: 'gateway-stopped' }]);
});

test('a silence that went on before a stop goes on after it, from its own beginning and for its own cause', () => {
  const ledger = new Ledger();
  const open = { athlete: '7', fromMs: T0 - 3_600_000, cause: 'link-lost' } as const;
  ledger.resume({ samples: [reading('7', -3_600), reading('8', 0)], openGaps: [open] }, 1_000);
  assert.deepEqual(
    ledger.silences(60_000).map(({ athlete }) => athlete),
    ['8'],
    'it is entered already',
  );
  assert.deepEqual(ledger.reading(reading('7', 61)), { ...open, toMs: T0 + 61_000 });
});

test('the first known cause of a silence is its cause', () => {
  const ledger = new Ledger();
  ledger.resume({ samples: [reading('7', 0)], openGaps: [] }, 0);
  ledger.interrupted('7', 'link-lost');
  assert.equal(ledger.reading(reading('7', 9))?.cause, 'gateway-stopped');
});

test('a step of the wall clock is no silence, and no entry ends before it begins', () => {
  const ledger = new Ledger();
  ledger.reading(reading('7', 0, 0));
  assert.equal(ledger.reading(reading('7', 86_400, 1)), undefined);
  const gap = ledger.reading(reading('7', -86_400, 60));
  assert.equal(gap?.fromMs, T0 + 86_400_000);
  assert.equal(gap?.toMs, T0 + 86_400_000);
});

test('lost readings are counted in one entry for each athlete and cause until they are taken', () => {
  const ledger = new Ledger();
  ledger.lost({ athlete: '7', cause: 'queue-overflow', fromMs: T0 });
  ledger.lost({ athlete: '7', cause: 'queue-overflow', fromMs: T0 + 10 });
  ledger.lost({ athlete: '7', cause: 'malformed', fromMs: T0 + 5 });
  ledger.lost({ athlete: '8', cause: 'queue-overflow', fromMs: T0 + 7 });
  assert.deepEqual(ledger.takeLost(), [
    { athlete: '7', fromMs: T0, toMs: T0 + 10, cause: 'queue-overflow', count: 2 },
    { athlete: '7', fromMs: T0 + 5, toMs: T0 + 5, cause: 'malformed', count: 1 },
    { athlete: '8', fromMs: T0 + 7, toMs: T0 + 7, cause: 'queue-overflow', count: 1 },
  ]);
  assert.deepEqual(ledger.takeLost(), []);
});

test('readings that were lost together are entered with their span and their number', () => {
  const ledger = new Ledger();
  ledger.lost({ athlete: '7', cause: 'radio-dropped', fromMs: T0 + 100, toMs: T0 + 900, count: 8 });
  ledger.lost({ athlete: '7', cause: 'radio-dropped', fromMs: T0, toMs: T0 + 50, count: 2 });
  assert.deepEqual(ledger.takeLost(), [
    { athlete: '7', fromMs: T0, toMs: T0 + 900, cause: 'radio-dropped', count: 10 },
  ]);
});

test('losses apart in time are entries of their own, and a store that fails for hours has a bounded number of them', () => {
  const ledger = new Ledger();
  const lose = (second: number) => ledger.lost({ athlete: '7', cause: 'malformed', fromMs: T0 + second * 1000 });
  for (const second of [0, 4, 20, 21]) lose(second);
  assert.ok(ledger.hasLost);
  assert.deepEqual(
    ledger.takeLost().map(({ fromMs, toMs, count }) => [fromMs - T0, (toMs ?? 0) - T0, count]),
    [
      [0, 4_000, 2],
      [20_000, 21_000, 2],
    ],
  );
  assert.ok(!ledger.hasLost);
  for (let i = 0; i < 10_000; i++) lose(i * 60);
  const entries = ledger.takeLost();
  assert.ok(entries.length <= 100, `${entries.length} entries`);
  assert.equal(
    entries.reduce((sum, { count = 0 }) => sum + count, 0),
    10_000,
    'none is left out',
  );
  assert.equal(entries.at(-1)?.toMs, T0 + 9_999 * 60_000);
});

test('when the time becomes known, what was begun in provisional time ends in the right one', () => {
  const ledger = new Ledger();
  ledger.distrust();
  ledger.reading(reading('7', 0));
  ledger.lost({ athlete: '7', cause: 'malformed', fromMs: T0 });
  const [begun] = ledger.silences(9_000);
  assert.deepEqual(begun, { athlete: '7', fromMs: T0, cause: 'no-signal' });
  ledger.settle(1_000_000);
  ledger.settle(1_000_000);
  assert.deepEqual(ledger.reading(reading('7', 1_020, 20)), {
    athlete: '7',
    fromMs: T0 + 1_000_000,
    toMs: T0 + 1_020_000,
    cause: 'no-signal',
  });
  assert.deepEqual(ledger.takeLost(), [
    { athlete: '7', fromMs: T0 + 1_000_000, toMs: T0 + 1_000_000, cause: 'malformed', count: 1 },
  ]);
});

test('a gap that began before this boot keeps its beginning, and is corrected at its end alone', () => {
  const wrongMs = -1_700_000_000_000;
  for (const past of [
    { samples: [{ athlete: '7', timeMs: T0 }], openGaps: [] },
    { samples: [], openGaps: [{ athlete: '7', fromMs: T0, cause: 'gateway-stopped' as const }] },
  ]) {
    const ledger = new Ledger();
    ledger.distrust();
    ledger.resume(past, 0);
    const gap = ledger.reading({ ...reading('7', 60, 1), timeMs: T0 + 60_000 + wrongMs });
    assert.ok(gap);
    assert.deepEqual(gap, {
      athlete: '7',
      fromMs: T0,
      toMs: T0 + 60_000 + wrongMs,
      cause: 'gateway-stopped',
      fromIsSettled: true,
    });
    const right = { athlete: '7', fromMs: T0, toMs: T0 + 60_000, cause: 'gateway-stopped' };
    assert.deepEqual(correctedGap(gap, -wrongMs), right);
  }
});

test('a gap from before this boot needs no mark once the time is known', () => {
  const ledger = new Ledger();
  ledger.distrust();
  ledger.resume({ samples: [{ athlete: '7', timeMs: T0 }], openGaps: [] }, 0);
  ledger.settle(5_000);
  assert.deepEqual(ledger.reading(reading('7', 60, 1)), {
    athlete: '7',
    fromMs: T0,
    toMs: T0 + 60_000,
    cause: 'gateway-stopped',
  });
});
