import assert from 'node:assert/strict';
import test from 'node:test';
import type { BatchExtent } from '../../src/domain/record.ts';
import { Traffic } from '../../src/gateway/traffic.ts';

function batch(kind: BatchExtent['kind'], length: number): BatchExtent {
  return { kind, records: { length }, range: { after: 0, through: length }, epoch: 'k3f9' };
}

test('what is acknowledged counts as delivered, and what is not counts by what became of it', () => {
  const traffic = new Traffic();
  for (const bytes of [100, 200, 300, 400]) traffic.sent('samples', bytes);
  traffic.sent('alerts', 50);
  traffic.settled(batch('samples', 12), 'acknowledged', 20);
  traffic.settled(batch('samples', 500), 'refused', 20);
  traffic.settled(batch('samples', 500), 'lost', 20);
  traffic.settled(batch('samples', 500), 'too-large', 20);
  traffic.settled(batch('alerts', 1), 'acknowledged', 4);
  const { messages, bytes, outcomes, delivered } = traffic.totals();
  assert.deepEqual([messages, bytes], [{ alerts: 1, gaps: 0, samples: 4 }, 1_050]);
  assert.deepEqual(outcomes, { acknowledged: 2, lost: 1, refused: 1, 'too-large': 1 });
  assert.deepEqual(delivered, { alerts: 1, gaps: 0, samples: 12 });
});

test('the time until an acknowledgement is in the first bucket that holds it', () => {
  const traffic = new Traffic();
  for (const ms of [0, 5, 5.001, 30_000, 30_001]) traffic.settled(batch('samples', 1), 'acknowledged', ms);
  traffic.settled(batch('samples', 1), 'lost', 7);
  const { bounds, counts, sum } = traffic.totals().acknowledgementSeconds;
  assert.deepEqual([bounds[0], bounds.at(-1)], [0.005, 30]);
  assert.deepEqual(counts, [2, 1, ...bounds.slice(3).map(() => 0), 1, 1]);
  assert.ok(Math.abs(sum - 60.011_001) < 1e-3, String(sum));
});
