/** Links of real noble over a scripted controller: the hazards of noble's that show there, each by its bytes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import {
  aclFromController,
  CHANNEL,
  commandStatus,
  disconnectionComplete,
  OPCODE,
} from '../../../../device/radio/hci/packets.ts';
import { PARAMETERS, STRAP, withNoble } from './noble-rig.ts';
import { ScriptedStrap } from './scripted-strap.ts';

const OTHER = 'a09e1a000008';

test('a strap is heard, connected to, subscribed to and heard from', async () => {
  await withNoble({}, async (rig) => {
    const { strap, values } = await rig.subscribe();
    strap.notify(Buffer.from('0648', 'hex'));
    await rig.settle();
    assert.deepEqual(values, ['0648']);
    assert.deepEqual([rig.reports, rig.radio.counts.malformed], [[], 0]);
  });
});

test('the link parameters that were asked for are in the command, and the links tell what they were given', async () => {
  await withNoble({}, async (rig) => {
    await rig.connect(new ScriptedStrap({ address: STRAP }));
    const { parameters } = await rig.controller.command(OPCODE.leCreateConnection);
    const [min, max, latency, timeout] = [13, 15, 17, 19].map((at) => parameters.readUInt16LE(at));
    assert.deepEqual([min, max, latency, timeout], [80, 160, 0, 600]);
    const [link] = rig.radio.links;
    assert.deepEqual(link?.parameters, { intervalMs: 200, latency: 0, supervisionTimeoutMs: 6_000 });
  });
});

test('an attempt to connect to a strap that is not there ends by a cancel, and the next is made', async () => {
  await withNoble({}, async (rig) => {
    const absent = await rig.hear(STRAP);
    const present = await rig.hear(OTHER);
    rig.controller.inRange(new ScriptedStrap({ address: OTHER }));
    absent.connect(PARAMETERS);
    await rig.controller.command(OPCODE.leCreateConnection);
    absent.cancelConnect();
    await rig.controller.command(OPCODE.leCreateConnectionCancel);
    await rig.settle();
    const connected = once(present as never, 'connect');
    present.connect(PARAMETERS);
    await connected;
    assert.deepEqual(
      rig.radio.links.map(({ strap }) => strap),
      [OTHER],
    );
  });
});

test('while a connection is being made another is refused, and cancelling that one does not end the first', async () => {
  await withNoble({}, async (rig) => {
    const first = await rig.hear(STRAP);
    const second = await rig.hear(OTHER);
    first.connect(PARAMETERS);
    const refused = once(second as never, 'connect');
    second.connect(PARAMETERS);
    second.cancelConnect();
    const [error] = (await refused) as [Error];
    assert.match(error.message, /cancel|another connection/);
    await rig.settle();
    assert.equal(rig.controller.sent(OPCODE.leCreateConnection).length, 1);
    assert.equal(rig.controller.sent(OPCODE.leCreateConnectionCancel).length, 0);
    const connected = once(first as never, 'connect');
    rig.controller.connected({ handle: 1 });
    assert.deepEqual((await connected)[0] ?? null, null);
  });
});

test('whoever asks twice for the same connection gets one', async () => {
  await withNoble({}, async (rig) => {
    const peripheral = await rig.hear();
    const answers: unknown[] = [];
    peripheral.on('connect', (error: unknown) => answers.push(error ?? 'connected'));
    peripheral.connect(PARAMETERS);
    peripheral.connect(PARAMETERS);
    await rig.controller.command(OPCODE.leCreateConnection);
    rig.controller.connected({ handle: 1 });
    await rig.settle();
    assert.deepEqual(answers, ['connected']);
    assert.equal(rig.controller.sent(OPCODE.leCreateConnection).length, 1);
    assert.equal(peripheral.state, 'connected');
  });
});

test('a strap without a link is not disconnected, and neither is the strap whose handle is 0', async () => {
  await withNoble({}, async (rig) => {
    const linked = await rig.hear(STRAP);
    const other = await rig.hear(OTHER);
    linked.connect(PARAMETERS);
    await rig.controller.command(OPCODE.leCreateConnection);
    rig.controller.connected({ handle: 0 });
    await rig.settle();
    other.disconnect();
    await rig.settle();
    assert.equal(rig.controller.sent(OPCODE.disconnect).length, 0);
    assert.equal(linked.state, 'connected');
  });
});

test('a Disconnection Complete with an error is no disconnection', async () => {
  await withNoble({}, async (rig) => {
    const { strap, peripheral, values } = await rig.subscribe();
    const handle = strap.handle ?? 0;
    rig.controller.disconnected(handle, 0x13, 0x0c);
    strap.notify(Buffer.from('0648', 'hex'));
    await rig.settle();
    assert.deepEqual([peripheral.state, values], ['connected', ['0648']]);
    assert.deepEqual(
      rig.ofType('refused').map(({ status, strap: whose }) => [status, whose]),
      [[0x0c, STRAP]],
    );
  });
});

test('a link that the controller has forgotten ends when it is to be ended', async () => {
  await withNoble({}, async (rig) => {
    const { peripheral } = await rig.subscribe();
    rig.controller.answer(OPCODE.disconnect, () => [commandStatus(OPCODE.disconnect, 0x02)]);
    const ended = once(peripheral as never, 'disconnect');
    peripheral.disconnect();
    assert.deepEqual(await ended, [0x02]);
    assert.deepEqual(rig.radio.links, []);
  });
});

test('a cancel that the controller refuses, since it knows of no attempt, frees the adapter for the next', async () => {
  await withNoble({}, async (rig) => {
    const peripheral = await rig.hear();
    peripheral.connect(PARAMETERS);
    await rig.controller.command(OPCODE.leCreateConnection);
    rig.controller.refuse(OPCODE.leCreateConnectionCancel, 0x0c, 'complete');
    rig.controller.rules.connectingTo = undefined;
    peripheral.cancelConnect();
    await rig.settle();
    peripheral.connect(PARAMETERS);
    await rig.settle();
    assert.equal(rig.controller.sent(OPCODE.leCreateConnection).length, 2);
  });
});

test('the late success of an attempt that was given up is ended', async () => {
  await withNoble({}, async (rig) => {
    const peripheral = await rig.hear();
    peripheral.connect(PARAMETERS);
    await rig.controller.command(OPCODE.leCreateConnection);
    peripheral.cancelConnect();
    await rig.settle();
    rig.controller.connected({ handle: 7, address: STRAP });
    const { parameters } = await rig.controller.command(OPCODE.disconnect);
    assert.equal(parameters.readUInt16LE(0), 7);
    assert.deepEqual([peripheral.state, rig.radio.links], ['error', []]);
  });
});

for (const status of [0x09, 0x0c, 0x0d]) {
  test(`a connection that the controller refuses with ${status} fails with that code, which frees the adapter`, async () => {
    await withNoble({}, async (rig) => {
      const peripheral = await rig.hear();
      rig.controller.refuse(OPCODE.leCreateConnection, status);
      const failed = once(peripheral as never, 'connect');
      peripheral.connect(PARAMETERS);
      const [error] = (await failed) as [Error];
      assert.match(error.message, new RegExp(`\\(0x${status.toString(16)}\\)`));
      rig.controller.behave(OPCODE.leCreateConnection);
      await rig.connect(new ScriptedStrap({ address: OTHER }));
    });
  });
}

test('while a scan is on no connection is begun, and the controller is not asked', async () => {
  await withNoble({}, async (rig) => {
    const peripheral = await rig.hear();
    rig.noble.startScanning([], true);
    const failed = once(peripheral as never, 'connect');
    peripheral.connect(PARAMETERS);
    assert.match(String((await failed)[0]), /0xc/);
    await rig.settle();
    assert.equal(rig.controller.sent(OPCODE.leCreateConnection).length, 0);
    assert.deepEqual(
      rig.ofType('refused').map(({ local, status }) => [local, status]),
      [[true, 0x0c]],
    );
  });
});

test('links that others have made are none of ours', async () => {
  await withNoble({}, async (rig) => {
    const peripheral = await rig.hear();
    peripheral.connect(PARAMETERS);
    await rig.controller.command(OPCODE.leCreateConnection);
    rig.controller.connected({ handle: 1, address: STRAP, role: 1 });
    rig.controller.rules.connectingTo = STRAP;
    rig.controller.connected({ handle: 2, address: OTHER });
    rig.controller.rules.connectingTo = STRAP;
    await rig.settle();
    assert.deepEqual([peripheral.state, rig.radio.links], ['connecting', []]);
    const connected = once(peripheral as never, 'connect');
    rig.controller.connected({ handle: 3, address: STRAP });
    await connected;
    assert.deepEqual(
      rig.radio.links.map(({ handle }) => handle),
      [3],
    );
  });
});

test('a link that goes while noble answers over it breaks nothing, and the other links go on', async () => {
  await withNoble({}, async (rig) => {
    const first = await rig.subscribe(STRAP);
    const second = await rig.subscribe(OTHER);
    const handle = first.strap.handle ?? 0;
    const indication = Buffer.from('1d03000648', 'hex');
    // In one piece, so that the answer is still under way when the link has gone.
    rig.controller.send(
      Buffer.concat([aclFromController(handle, CHANNEL.attribute, indication), disconnectionComplete(handle, 0x08)]),
    );
    second.strap.notify(Buffer.from('0650', 'hex'));
    await rig.settle();
    assert.equal(first.peripheral.state, 'disconnected');
    const location = second.strap.requests.length;
    await second.peripheral.discoverServicesAsync([]);
    assert.ok(second.strap.requests.length > location);
    assert.deepEqual(second.values, ['0650']);
    assert.deepEqual(rig.ofType('threw'), []);
  });
});

test('what is asked of a link that has gone is asked of nobody', async (t) => {
  const printed = t.mock.method(console, 'warn', () => {});
  await withNoble({}, async (rig) => {
    const { strap, peripheral, measurement } = await rig.subscribe();
    const { length } = rig.controller.pdus;
    rig.controller.disconnected(strap.handle ?? 0);
    await rig.settle();
    void measurement.subscribeAsync();
    void measurement.readAsync();
    void peripheral.discoverServicesAsync([]);
    await rig.settle();
    assert.equal(rig.controller.pdus.length, length);
    assert.equal(printed.mock.callCount(), 0);
  });
});

test('no more packets are under way than the controller has said that it takes', async () => {
  await withNoble({}, async (rig) => {
    rig.controller.completesPackets = false;
    const { packets } = rig.controller.rules.buffers;
    const { peripheral } = await connectedWithout(rig);
    assert.equal(rig.controller.sent(OPCODE.leReadBufferSize).length, 1);
    for (let asked = 0; asked < packets + 5; asked++) {
      rig.controller.pdu(1, CHANNEL.attribute, Buffer.from([0x1d, 3, 0, 0x06, 0x48]));
      await rig.settle();
      rig.controller.pdu(1, CHANNEL.attribute, Buffer.from([0x02, 0x17, 0]));
      await rig.settle();
    }
    assert.equal(rig.controller.pdus.length, packets);
    assert.equal(peripheral.state, 'connected');
  });

  async function connectedWithout(rig: Parameters<Parameters<typeof withNoble>[1]>[0]) {
    const peripheral = await rig.hear();
    const connected = once(peripheral as never, 'connect');
    peripheral.connect(PARAMETERS);
    await rig.controller.command(OPCODE.leCreateConnection);
    rig.controller.connected({ handle: 1 });
    await connected;
    return { peripheral };
  }
});
