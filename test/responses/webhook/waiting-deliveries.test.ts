import assert from 'node:assert/strict';
import test from 'node:test';
import { type AlertDelivery, WaitingDeliveries } from '../../../src/responses/webhook/waiting-deliveries.ts';
import { alertOf } from '../heard.ts';

/** Without chance: the time between two attempts is the longest. */
const waiting = () => new WaitingDeliveries({ minMs: 1_000, maxMs: 8_000 }, () => 1);

const delivery = (seq: number, epoch = 'k3f9'): AlertDelivery => {
  const alert = { ...alertOf(String(seq)), seq };
  const batch = { kind: 'alerts', epoch, range: { after: seq - 1, through: seq }, records: [alert] } as const;
  return { id: `pitch-3/k3f9/${seq}`, alert, batch, readMonotonicMs: 0 };
};

const seqOf = (next: AlertDelivery | undefined) => next?.alert.seq;

test('what is new goes at once, oldest first, also while others wait after a failure', () => {
  const all = waiting();
  for (const seq of [1, 2]) all.add(delivery(seq));
  assert.equal(seqOf(all.next(0)), 1);
  assert.equal(all.postponed(delivery(1).id, 0), 2_000);
  assert.equal(seqOf(all.next(0)), 2);
  assert.equal(all.postponed(delivery(2).id, 0), 4_000);
  assert.deepEqual([all.next(3_999), all.idleMs(3_000)], [undefined, 1_000]);
  all.add(delivery(3));
  assert.deepEqual([seqOf(all.next(3_000)), all.idleMs(3_000)], [3, 0]);
});

test('the times between attempts grow with each failure in a row, up to a bound, and a success ends that', () => {
  const all = waiting();
  for (const seq of [1, 2]) all.add(delivery(seq));
  const { id } = delivery(1);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => all.postponed(id, 0)),
    [2_000, 4_000, 8_000, 8_000],
  );
  all.taken(delivery(2));
  assert.equal(seqOf(all.next(0)), 1);
  assert.equal(all.postponed(id, 0), 2_000);
});

test('one that fails goes behind the others', () => {
  const all = waiting();
  for (const seq of [1, 2, 3]) all.add(delivery(seq));
  for (const seq of [1, 2, 3]) all.postponed(delivery(seq).id, 0);
  assert.equal(seqOf(all.next(8_000)), 1);
  all.postponed(delivery(1).id, 8_000);
  assert.equal(seqOf(all.next(20_000)), 2);
});

test('a pause that the receiver asks for holds for what has failed, and no longer than a quarter of an hour', () => {
  const all = waiting();
  for (const seq of [1, 2]) all.add(delivery(seq));
  assert.equal(all.postponed(delivery(1).id, 0, 60_000), 60_000);
  assert.deepEqual([seqOf(all.next(0)), all.idleMs(0)], [2, 0]);
  assert.equal(all.postponed(delivery(2).id, 0), 60_000);
  assert.deepEqual([all.next(59_999), all.idleMs(0), seqOf(all.next(60_000))], [undefined, 60_000, 1]);
  assert.equal(all.postponed(delivery(1).id, 60_000, 1e12), 900_000);
});

test('a receiver that takes what is new is asked for no pause any more', () => {
  const all = waiting();
  for (const seq of [1, 2]) all.add(delivery(seq));
  all.postponed(delivery(1).id, 0, 60_000);
  all.taken(delivery(2));
  assert.equal(seqOf(all.next(0)), 1);
});

test('however many have failed, there is room for what is new; the oldest of them is forgotten, which is told', () => {
  const all = waiting();
  for (let seq = 1; seq <= 64; seq++) all.add(delivery(seq));
  assert.ok(!all.hasRoomFor('new'));
  for (let seq = 1; seq <= 64; seq++) all.postponed(delivery(seq).id, 0);
  assert.deepEqual([all.hasRoomFor('new'), all.hasRoomFor('old'), all.takeForgotten()], [true, false, false]);
  all.add(delivery(65));
  assert.equal(seqOf(all.next(0)), 65);
  all.postponed(delivery(65).id, 0);
  assert.deepEqual([all.takeForgotten(), all.takeForgotten(), seqOf(all.next(20_000))], [true, false, 2]);
});

test('what is old waits its turn behind what is new, and one that is new already stays so', () => {
  const all = waiting();
  all.add(delivery(1), 'old');
  all.add(delivery(2));
  all.add(delivery(2), 'old');
  assert.deepEqual([seqOf(all.next(0)), all.idleMs(0)], [2, 0]);
  all.taken(delivery(2));
  assert.equal(seqOf(all.next(0)), 1);
});

test('one that comes again from another store keeps its turn, takes its new place, and is not sent twice', () => {
  const all = waiting();
  all.add(delivery(1));
  all.postponed(delivery(1).id, 0);
  assert.ok(all.add(delivery(1, 'another')));
  assert.deepEqual([all.size, all.next(0)], [1, undefined]);
  const next = all.next(10_000);
  assert.equal(next?.batch.epoch, 'another');
  if (next !== undefined) all.taken(next);
  assert.ok(!all.add(delivery(1)));
  assert.deepEqual([all.size, all.idleMs(0)], [0, Number.POSITIVE_INFINITY]);
});
