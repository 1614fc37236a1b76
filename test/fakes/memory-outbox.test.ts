import assert from 'node:assert/strict';
import test from 'node:test';
import { outboxContract, sampleOf, samplesOf } from '../contract/outbox.ts';
import { outboxTimeContract } from '../contract/outbox-time.ts';
import { MemoryDisk, MemoryOutbox } from './memory-outbox.ts';

outboxContract('memory', () => {
  const disk = new MemoryDisk();
  return { open: () => new MemoryOutbox(disk), remove: () => {} };
});

outboxTimeContract('memory', () => {
  const disk = new MemoryDisk();
  let boot = 1;
  return {
    started: async () => new MemoryOutbox(disk, `boot-${boot}`),
    reboot: () => {
      boot++;
    },
    remove: async () => {},
  };
});

test('a crash forgets what was acknowledged since the last append, and nothing that was appended', async () => {
  const disk = new MemoryDisk();
  const outbox = new MemoryOutbox(disk);
  await outbox.append(samplesOf('7', 0, 3));
  const batch = await outbox.read('samples', { after: 0, through: 3 }, 2);
  assert.ok(batch);
  outbox.acknowledge('primary', batch);
  assert.equal(new MemoryOutbox(disk).backlog('primary').samples, 3);
  await outbox.sync();
  assert.equal(new MemoryOutbox(disk).backlog('primary').samples, 1);
});

test('samples of this boot wait for the time, and those of another one say that they never had it', async () => {
  const disk = new MemoryDisk();
  const first = new MemoryOutbox(disk, 'boot-1');
  await first.append([...samplesOf('7', 0, 1), { kind: 'sample', sample: sampleOf('7', -1_000), offsetMs: 500 }]);
  const known = await first.read('samples', { after: 0, through: 2 }, 10);
  assert.deepEqual(known?.range, { after: 0, through: 1 });
  assert.equal(await first.read('samples', { after: 1, through: 2 }, 10), undefined);
  const second = new MemoryOutbox(disk, 'boot-2');
  const unknown = await second.read('samples', { after: 1, through: 2 }, 10);
  assert.deepEqual(unknown?.unsynchronised, {});
  await first.learnTime(700);
  const corrected = await second.read('samples', { after: 1, through: 2 }, 10);
  assert.equal(corrected?.unsynchronised, undefined);
  assert.deepEqual(corrected?.records, [
    { ...sampleOf('7', -1_000), timeMs: sampleOf('7', -1_000).timeMs + 200, seq: 2 },
  ]);
});
