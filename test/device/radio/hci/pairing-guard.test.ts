import assert from 'node:assert/strict';
import test from 'node:test';
import { CHANNEL, OPCODE } from '../../../../device/radio/hci/packets.ts';
import { PairingGuard } from '../../../../device/radio/hci/pairing-guard.ts';
import { STRAP, withNoble } from './noble-rig.ts';
import { ScriptedStrap } from './scripted-strap.ts';

const message = (code: number, length: number) => Buffer.concat([Buffer.from([code]), Buffer.alloc(length - 1, 1)]);
const REQUEST = message(1, 7);
const RESPONSE = message(2, 7);
const CONFIRM = message(3, 17);
const RANDOM = message(4, 17);

test('each message of the strap’s passes in answer to ours, and once', () => {
  const guard = new PairingGuard();
  for (const [ours, theirs] of [
    [REQUEST, RESPONSE],
    [CONFIRM, CONFIRM],
    [RANDOM, RANDOM],
  ] as const) {
    guard.sent(ours);
    assert.equal(guard.received(theirs), 'pass');
    assert.notEqual(guard.received(theirs), 'pass');
  }
});

test('out of turn nothing passes', () => {
  for (const theirs of [RESPONSE, CONFIRM, RANDOM, REQUEST]) {
    assert.notEqual(new PairingGuard().received(theirs), 'pass');
    for (const ours of [REQUEST, CONFIRM, RANDOM]) {
      const guard = new PairingGuard();
      guard.sent(ours);
      const isAnswer = (ours === REQUEST && theirs === RESPONSE) || (ours === theirs && ours !== REQUEST);
      assert.equal(guard.received(theirs) === 'pass', isAnswer);
    }
  }
});

test('a failure passes while there is something to fail, and what noble disregards is disregarded', () => {
  const guard = new PairingGuard();
  assert.equal(guard.received(message(5, 2)), 'ignore');
  guard.sent(REQUEST);
  assert.equal(guard.received(message(5, 2)), 'pass');
  for (const [code, length] of [
    [6, 17],
    [7, 11],
    [11, 2],
  ] as const) {
    assert.equal(guard.received(message(code, length)), 'ignore');
  }
});

test('other lengths and other codes are malformed', () => {
  const lengths = [7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2];
  lengths.forEach((length, index) => {
    for (const wrong of [length - 1, length + 1]) {
      assert.ok(typeof new PairingGuard().received(message(index + 1, wrong)) === 'object');
    }
  });
  for (const code of [0, 15, 0xff]) assert.ok(typeof new PairingGuard().received(message(code, 2)) === 'object');
  assert.ok(typeof new PairingGuard().received(Buffer.alloc(0)) === 'object');
});

test('noble pairs with a strap that wants its attributes encrypted, and does not throw where the strap is wrong', async () => {
  await withNoble({}, async (rig) => {
    const strap = new ScriptedStrap({ address: STRAP });
    strap.answer(0x0a, () => Buffer.from('010a060005', 'hex'));
    const peripheral = await rig.connect(strap);
    const services = await peripheral.discoverServicesAsync(['180d']);
    const characteristics = await services[0]?.discoverCharacteristicsAsync(['2a38']);
    void characteristics?.[0]?.readAsync();
    const sent = (code: number) =>
      rig.controller.when(() =>
        rig.controller.pdus.find(({ channel, payload }) => channel === CHANNEL.security && payload[0] === code),
      );
    await sent(1);
    strap.sendOn(CHANNEL.security, RESPONSE);
    await sent(3);
    strap.sendOn(CHANNEL.security, CONFIRM);
    await sent(4);
    strap.sendOn(CHANNEL.security, RANDOM);
    await rig.settle();
    assert.deepEqual(
      [rig.reports.filter(({ type }) => type !== 'attribute-error'), rig.controller.sent(OPCODE.leStartEncryption)],
      [[], []],
    );
  });
});
