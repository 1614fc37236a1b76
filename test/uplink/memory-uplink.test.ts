import assert from 'node:assert/strict';
import test from 'node:test';
import type { Batch } from '../../src/domain/record.ts';
import { uplinkContract } from '../contract/uplink.ts';
import { MemoryUplink } from '../fakes/memory-uplink.ts';

uplinkContract('memory', async () => {
  const uplink = new MemoryUplink({ reachable: false });
  return {
    uplink,
    gateway: 'pitch-3',
    topicPrefix: 'iot/heartrate',
    broker: {
      start: async () => uplink.restore(),
      kill: async () => {
        uplink.cut();
        uplink.release();
      },
      freeze: () => uplink.hold('acknowledgements'),
      arrived: async () => uplink.arrived,
    },
    remove: () => uplink.stop(),
  };
});

const gap: Batch = { kind: 'gaps', records: [{ seq: 1, athlete: '7', fromMs: 0, toMs: 9_000, cause: 'link-lost' }] };

async function connectedUplink(): Promise<MemoryUplink> {
  const uplink = new MemoryUplink();
  await new Promise<void>((resolve, reject) => uplink.start(resolve).catch(reject));
  return uplink;
}

test('a message held before the broker is gone after a cut, one held before its acknowledgement has arrived', async () => {
  const uplink = await connectedUplink();
  uplink.hold('messages');
  const early = uplink.publish('k3f9', gap);
  uplink.cut();
  assert.equal((await early).kind, 'lost');
  assert.equal(uplink.arrived.length, 0);
  uplink.restore();
  uplink.hold('acknowledgements');
  const late = uplink.publish('k3f9', gap);
  uplink.cut();
  assert.equal((await late).kind, 'lost');
  assert.equal(uplink.arrived.length, 1);
});

test('held messages arrive and are acknowledged when released', async () => {
  const uplink = await connectedUplink();
  uplink.hold('messages');
  const held = uplink.publish('k3f9', gap);
  assert.equal(uplink.underWay, 1);
  uplink.release();
  assert.deepEqual(await held, { kind: 'acknowledged' });
  assert.deepEqual(
    uplink.arrived.map(({ batch }) => batch),
    [gap],
  );
});

test('a broker told to refuse takes nothing until told otherwise', async () => {
  const uplink = await connectedUplink();
  uplink.refuse('quota exceeded');
  assert.deepEqual(await uplink.publish('k3f9', gap), { kind: 'refused', reason: 'quota exceeded' });
  uplink.refuse(undefined);
  assert.deepEqual(await uplink.publish('k3f9', gap), { kind: 'acknowledged' });
});
