import assert from 'node:assert/strict';
import test from 'node:test';
import type { Batch } from '../../src/domain/record.ts';
import { LaneFlow } from '../../src/gateway/lane.ts';
import { sampleOf } from '../contract/outbox.ts';

const batch = (...seqs: number[]): Batch => ({
  kind: 'samples',
  records: seqs.map((seq) => ({ ...sampleOf('7', seq), seq })),
});

const flow = (inFlightMax = 3) => new LaneFlow('samples', { cursor: 10, inFlightMax, batchMax: 100 });

const lasts = (batches: readonly Batch[]) => batches.map(({ records }) => records.at(-1)?.seq);

test('a lane reads on behind what it has sent, and sends no more than its window', () => {
  const lane = flow(2);
  assert.deepEqual([lane.sentSeq, lane.batchLimit], [10, 100]);
  lane.send(batch(11, 12));
  assert.ok(lane.maySend(0));
  lane.send(batch(13));
  assert.equal(lane.sentSeq, 13);
  assert.ok(!lane.maySend(0));
});

test('the cursor may pass a batch only when all before it are acknowledged, whatever the order', () => {
  const lane = flow();
  const [a, b, c] = [lane.send(batch(11)), lane.send(batch(12)), lane.send(batch(13))];
  assert.deepEqual(lasts(lane.acknowledged(b)), []);
  assert.deepEqual(lasts(lane.acknowledged(c)), []);
  assert.ok(!lane.maySend(0), 'they keep their places');
  assert.deepEqual(lasts(lane.acknowledged(a)), [11, 12, 13]);
  assert.ok(lane.maySend(0));
});

test('after a failure nothing is sent until all is settled, and then from the cursor', () => {
  const lane = flow();
  const [a, b] = [lane.send(batch(11)), lane.send(batch(12))];
  lane.failed(a);
  assert.ok(!lane.maySend(0));
  lane.rewind(10);
  assert.equal(lane.sentSeq, 12, 'one is under way still');
  assert.deepEqual(lasts(lane.acknowledged(b)), []);
  lane.rewind(10);
  assert.equal(lane.sentSeq, 10);
  assert.ok(lane.maySend(0));
});

test('what is under way alone is no reason to go back', () => {
  const lane = flow();
  lane.send(batch(11));
  lane.rewind(10);
  assert.equal(lane.sentSeq, 11);
});

test('a smaller batch limit grows again with each acknowledgement, up to the largest', () => {
  const lane = flow();
  lane.failed(lane.send(batch(11, 12)), 30);
  lane.rewind(10);
  assert.equal(lane.batchLimit, 30);
  for (const limit of [60, 100, 100]) {
    lane.acknowledged(lane.send(batch(11)));
    assert.equal(lane.batchLimit, limit);
  }
});

test('a refused lane waits twice as long each time, up to a minute, and starts over once it is taken', () => {
  const lane = flow();
  const waits: number[] = [];
  let nowMs = 0;
  for (let i = 0; i < 8; i++) {
    const waitMs = lane.refused(lane.send(batch(11)), nowMs);
    lane.rewind(10);
    waits.push(waitMs);
    assert.ok(!lane.maySend(nowMs + waitMs - 1));
    nowMs += waitMs;
    assert.ok(lane.maySend(nowMs));
  }
  assert.deepEqual(
    waits,
    [1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1000),
  );
  lane.acknowledged(lane.send(batch(11)));
  assert.equal(lane.refused(lane.send(batch(12)), nowMs), 1_000);
});
