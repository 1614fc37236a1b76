import assert from 'node:assert/strict';
import test from 'node:test';
import { encodedBatch } from '../../src/domain/entries.ts';
import type { Batch } from '../../src/domain/record.ts';
import { acknowledged, publish, uplinkContract } from '../contract/uplink.ts';
import { MemoryUplink, sentBatch } from '../fakes/memory-uplink.ts';

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

const silence: Batch = {
  kind: 'gaps',
  epoch: 'k3f9',
  range: { after: 0, through: 1 },
  records: [{ seq: 1, athlete: '7', fromMs: 0, toMs: 9_000, cause: 'link-lost' }],
};
const gap = encodedBatch(silence);

async function connectedUplink(): Promise<MemoryUplink> {
  const uplink = new MemoryUplink();
  await new Promise<void>((resolve, reject) => uplink.start(resolve).catch(reject));
  return uplink;
}

test('a message held before the broker is gone after a cut, one held before its acknowledgement has arrived', async () => {
  const uplink = await connectedUplink();
  const message = await uplink.prepare(gap, 'plain');
  uplink.hold('messages');
  const early = message.send();
  uplink.cut();
  assert.equal((await early).kind, 'lost');
  assert.equal(uplink.arrived.length, 0);
  uplink.restore();
  uplink.hold('acknowledgements');
  const late = (await uplink.prepare(gap, 'plain')).send();
  uplink.cut();
  assert.equal((await late).kind, 'lost');
  assert.equal(uplink.arrived.length, 1);
});

test('held messages arrive and are acknowledged when released', async () => {
  const uplink = await connectedUplink();
  uplink.hold('messages');
  const held = (await uplink.prepare(gap, 'plain')).send();
  assert.equal(uplink.underWay, 1);
  uplink.release();
  await acknowledged(held);
  assert.deepEqual(
    uplink.arrived.map(({ batch }) => batch),
    [sentBatch(gap)],
  );
});

test('a broker told to refuse takes nothing until told otherwise', async () => {
  const uplink = await connectedUplink();
  uplink.refuse('quota exceeded');
  assert.deepEqual(await publish(uplink, gap), { kind: 'refused', reason: 'quota exceeded' });
  uplink.refuse(undefined);
  await acknowledged(publish(uplink, gap));
});

test('a message on which the broker hangs up takes with it whatever has no acknowledgement', async () => {
  const uplink = await connectedUplink();
  uplink.hold('acknowledgements');
  uplink.hangUpOn(({ kind }) => kind === 'alerts');
  const before = (await uplink.prepare(gap, 'plain')).send();
  const alert = { seq: 2, athlete: '7', rule: 'high', event: 'raised', timeMs: 0, above: 165 } as const;
  const poison = (await uplink.prepare(encodedBatch({ ...silence, kind: 'alerts', records: [alert] }), 'plain')).send();
  assert.deepEqual([(await before).kind, (await poison).kind], ['lost', 'lost']);
  assert.equal(uplink.connected, false);
});
