import assert from 'node:assert/strict';
import test from 'node:test';
import type { Channel } from '../../../../device/radio/frames/channel.ts';
import type { WorkerMessage } from '../../../../device/radio/frames/messages.ts';
import { Tellings } from '../../../../device/radio/worker/tellings.ts';

/** Takes so many messages, and no more. */
class Listener implements Channel<WorkerMessage> {
  readonly taken: WorkerMessage[] = [];
  room: number;

  constructor({ room = Number.POSITIVE_INFINITY } = {}) {
    this.room = room;
  }

  send(message: WorkerMessage): boolean {
    if (this.room === 0) return false;
    this.room--;
    this.taken.push(message);
    return true;
  }

  close(): void {}
}

function measurement(atMs: number, strap = 'a09e1a000001'): WorkerMessage {
  return { type: 'measurement', atMs, strap, measurement: { bpm: 70, contact: 'detected', energyKj: null, rrMs: [] } };
}

const alive: WorkerMessage = { type: 'alive', atMs: 1, rssBytes: 2, peripherals: 3, links: 4, scanning: true };

test('readings are kept while no core listens, and told in their order to the next one', () => {
  const tellings = new Tellings();
  for (let atMs = 1; atMs <= 5; atMs++) tellings.tell(measurement(atMs));
  tellings.tell(alive);
  const core = new Listener();
  tellings.listener(core);
  tellings.tell(measurement(6));
  assert.deepEqual(
    core.taken,
    [1, 2, 3, 4, 5, 6].map((atMs) => measurement(atMs)),
  );
});

test('a core that does not keep up for a moment gets every reading once it does, none before its turn', () => {
  const tellings = new Tellings();
  const core = new Listener({ room: 2 });
  tellings.listener(core);
  for (let atMs = 1; atMs <= 4; atMs++) tellings.tell(measurement(atMs));
  core.room = 1;
  tellings.tell(measurement(5));
  assert.equal(core.taken.length, 2, 'what waits goes first');
  core.room = Number.POSITIVE_INFINITY;
  tellings.flush();
  tellings.tell(measurement(6));
  assert.deepEqual(
    core.taken,
    [1, 2, 3, 4, 5, 6].map((atMs) => measurement(atMs)),
  );
});

test('a core that does not keep up misses no end of a link, and one that comes anew is told none that it knows', () => {
  const ended: WorkerMessage = { type: 'link', atMs: 1, strap: 'a09e1a000001', state: 'ended' };
  const tellings = new Tellings();
  const slow = new Listener({ room: 0 });
  tellings.listener(slow);
  tellings.tell(ended);
  slow.room = 1;
  tellings.flush();
  assert.deepEqual(slow.taken, [ended]);
  tellings.tell(ended);
  const next = new Listener();
  tellings.listener(next);
  assert.deepEqual(next.taken, []);
});

test('faults, of which a strap can make any number, are kept in a bounded number', () => {
  const tellings = new Tellings();
  tellings.listener(new Listener({ room: 0 }));
  for (let atMs = 1; atMs <= 20_000; atMs++) tellings.tell({ type: 'fault', atMs, reason: 'no' });
  assert.equal(tellings.kept, 6_000);
});

test('what finds no room any more is counted by strap, and the count is told after the readings', () => {
  const tellings = new Tellings();
  for (let atMs = 1; atMs <= 6_010; atMs++) tellings.tell(measurement(atMs));
  tellings.tell(measurement(7_000, 'a09e1a000002'));
  assert.equal(tellings.kept, 6_000);
  const core = new Listener();
  tellings.listener(core);
  assert.deepEqual(core.taken.slice(6_000), [
    { type: 'dropped', atMs: 6_010, strap: 'a09e1a000001', fromMs: 6_001, count: 10 },
    { type: 'dropped', atMs: 7_000, strap: 'a09e1a000002', fromMs: 7_000, count: 1 },
  ]);
  tellings.flush();
  assert.equal(core.taken.length, 6_002, 'each count is told once');
});
