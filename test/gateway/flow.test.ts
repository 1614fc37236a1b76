import assert from 'node:assert/strict';
import test from 'node:test';
import { Flow, type FlowPoint } from '../../src/gateway/flow.ts';

/** Notes a point each second. */
function flowOf(seconds: number, pointAt: (second: number) => Omit<FlowPoint, 'atMs'>): Flow {
  const flow = new Flow();
  for (let second = 0; second <= seconds; second++) flow.note({ atMs: second * 1_000, ...pointAt(second) });
  return flow;
}

const QUIET = { readings: 0, waiting: [0], written: undefined };

test('nothing is known in the first seconds', () => {
  assert.equal(new Flow().rates(), undefined);
  assert.equal(flowOf(9, () => QUIET).rates(), undefined);
  assert.deepEqual(flowOf(10, () => QUIET).rates(), { readingsPerSecond: 0, drainsPerSecond: [undefined] });
});

test('what comes, what a backlog shrinks by and what is written are rates of the last minute', () => {
  const flow = flowOf(600, (second) => ({
    // It was busier before.
    readings: second < 500 ? second * 100 : 50_000 + (second - 500) * 14,
    waiting: [90_000 - second * 30, second, undefined],
    written: { bytes: second * 10_000, recordBytes: second * 1_400 },
  }));
  assert.deepEqual(flow.rates(), {
    readingsPerSecond: 14,
    drainsPerSecond: [30, undefined, undefined],
    writtenPerSecond: 10_000,
    bytesPerReading: 100,
  });
});

test('of a store that has begun anew, or is in memory, nothing is told that was counted under the other', () => {
  const anew = flowOf(20, (second) => ({ ...QUIET, written: { bytes: second < 15 ? 9_000 : 10, recordBytes: 5 } }));
  assert.equal(anew.rates()?.writtenPerSecond, undefined);
  const inMemory = flowOf(20, (second) => ({
    ...QUIET,
    written: second < 15 ? { bytes: 1, recordBytes: 1 } : undefined,
  }));
  assert.equal(inMemory.rates()?.writtenPerSecond, undefined);
});

test('without readings nobody knows what one takes', () => {
  const flow = flowOf(20, (second) => ({ ...QUIET, written: { bytes: second, recordBytes: second } }));
  assert.deepEqual(flow.rates(), { readingsPerSecond: 0, drainsPerSecond: [undefined], writtenPerSecond: 1 });
});
