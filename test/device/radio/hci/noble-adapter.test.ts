/** The adapter under real noble: how it is begun, scans, remembers and is lost. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { createHciNoble } from '../../../../device/radio/hci/hci-noble.ts';
import { OPCODE } from '../../../../device/radio/hci/packets.ts';
import { SystemClock } from '../../../../src/system/clock.ts';
import { PARAMETERS, STRAP, withNoble } from './noble-rig.ts';
import { ScriptedController } from './scripted-controller.ts';
import { HEART_RATE_ADVERTISEMENT, ScriptedStrap } from './scripted-strap.ts';

/** Of LE Set Scan Parameters: type, then interval and window in units of 0.625 ms. */
const scanOf = (parameters: Buffer | undefined) =>
  parameters && {
    active: parameters[0],
    intervalMs: parameters.readUInt16LE(1) * 0.625,
    windowMs: parameters.readUInt16LE(3) * 0.625,
  };

const address = (index: number) => (0xc0_0000_000000 + index).toString(16).padStart(12, '0');

test('a scan listens half of the time, less than a third beside links, and as it is told otherwise', async () => {
  await withNoble({}, async (rig) => {
    const last = () => scanOf(rig.controller.sent(OPCODE.leSetScanParameters).at(-1)?.parameters);
    await rig.hear();
    assert.deepEqual(last(), { active: 1, intervalMs: 160, windowMs: 80 });
    await rig.connect(new ScriptedStrap({ address: STRAP }));
    await rig.hear('a09e1a000008');
    assert.deepEqual(last(), { active: 1, intervalMs: 160, windowMs: 48.125 });
    rig.radio.setScanDuty({ intervalMs: 100, windowMs: 10 });
    await rig.hear('a09e1a000009');
    assert.deepEqual(last(), { active: 1, intervalMs: 100, windowMs: 10 });
    rig.radio.setLinks(0);
    await rig.hear('a09e1a00000a');
    assert.deepEqual(last(), { active: 1, intervalMs: 160, windowMs: 80 });
  });
});

test('whether there is a scan is known also where noble does not know it', async () => {
  await withNoble({}, async (rig) => {
    await rig.poweredOn();
    rig.controller.answer(OPCODE.leSetScanEnable, ({ opcode, parameters }) => [
      Buffer.from([0x04, 0x0e, 4, 1, opcode & 0xff, opcode >> 8, parameters[0] === 1 ? 0x0c : 0]),
    ]);
    const started = once(rig.noble as never, 'scanStart');
    rig.noble.startScanning([], true);
    await started;
    await rig.settle();
    assert.equal(rig.radio.scanning, false);
    const refusals = rig.ofType('refused').map(({ command, status }) => [command, status]);
    assert.deepEqual(refusals, [['leSetScanEnable (0x200c)', 0x0c]]);
    rig.controller.behave(OPCODE.leSetScanEnable);
    rig.noble.startScanning([], true);
    await rig.settle();
    assert.equal(rig.radio.scanning, true);
  });
});

test('of a thousand passers-by noble hears nothing, and of a strap all that it says', async () => {
  await withNoble({}, async (rig) => {
    await rig.hear();
    const names: unknown[] = [];
    rig.noble.on('discover', ({ advertisement }: { advertisement: { localName?: string } }) => {
      names.push(advertisement.localName);
    });
    rig.noble.startScanning([], true);
    for (let index = 0; index < 1_000; index++) {
      rig.controller.advertise({ address: address(index), addressType: 'random', data: Buffer.from('020106', 'hex') });
    }
    const name = Buffer.concat([Buffer.from([7, 0x09]), Buffer.from('TICKR 1')]);
    name.writeUInt8(name.length - 1, 0);
    rig.controller.advertise({ address: STRAP, data: name, type: 4 });
    await rig.settle();
    assert.deepEqual(names, ['TICKR 1']);
    assert.equal(rig.radio.peripherals, 1);
    assert.equal(rig.radio.counts.passersBy, 1_000);
  });
});

test('a strap’s heart rate in its advertisements is told at each of them, and goes when they have it no more', async () => {
  await withNoble({}, async (rig) => {
    await rig.hear();
    const told: string[] = [];
    rig.noble.on(
      'discover',
      ({ advertisement }: { advertisement: { manufacturerData?: Buffer; localName?: string } }) => {
        told.push(`${advertisement.localName}: ${advertisement.manufacturerData?.toString('hex')}`);
      },
    );
    const company = (data: string) => Buffer.concat([HEART_RATE_ADVERTISEMENT, Buffer.from(data, 'hex')]);
    rig.noble.startScanning([], true);
    await rig.settle();
    rig.controller.advertise({ address: STRAP, data: Buffer.from('03094142', 'hex'), type: 4 });
    rig.controller.advertise({ address: STRAP, data: company('07ff6b003b164446') });
    rig.controller.advertise({ address: STRAP, data: company('07ff6b003f164547') });
    // Without anything new there is nothing to tell until it answers a scan again.
    rig.controller.advertise({ address: STRAP, data: HEART_RATE_ADVERTISEMENT });
    rig.controller.advertise({ address: STRAP, data: Buffer.alloc(0), type: 4 });
    await rig.settle();
    assert.deepEqual(told, ['AB: ', 'AB: 6b003b164446', 'AB: 6b003f164547', 'AB: ']);
  });
});

test('who is of interest can be said', async () => {
  await withNoble({ isOfInterest: ({ address: whose }) => whose === address(7) }, async (rig) => {
    await rig.poweredOn();
    const heard: string[] = [];
    rig.noble.on('discover', ({ id }: { id: string }) => heard.push(id));
    rig.noble.startScanning([], true);
    for (let index = 0; index < 20; index++) {
      rig.controller.advertise({ address: address(index), data: Buffer.alloc(0), type: 3 });
    }
    rig.controller.advertise({ address: STRAP, data: HEART_RATE_ADVERTISEMENT, type: 3 });
    await rig.settle();
    assert.deepEqual(heard, [address(7)]);
  });
});

test('what noble remembers is pruned down to the links, the attempt and what is to be kept', async () => {
  await withNoble({}, async (rig) => {
    await rig.connect(new ScriptedStrap({ address: STRAP }));
    const attempted = await rig.hear('a09e1a000008');
    await rig.hear('a09e1a000009');
    attempted.connect(PARAMETERS);
    for (let index = 0; index < 1_000; index++) {
      rig.controller.advertise({ address: address(index), data: HEART_RATE_ADVERTISEMENT, type: 3 });
    }
    await rig.settle();
    assert.equal(rig.radio.peripherals, 1_003);
    rig.radio.prune((strap) => strap === 'a09e1a000009');
    assert.equal(rig.radio.peripherals, 3);
    rig.radio.prune(() => false);
    assert.equal(rig.radio.peripherals, 2);
    const connected = once(attempted as never, 'connect');
    rig.controller.inRange(new ScriptedStrap({ address: 'a09e1a000008' }));
    await connected;
    assert.equal(rig.radio.links.length, 2);
  });
});

test('an advertiser that can only be scanned is not one to connect to', async () => {
  await withNoble({}, async (rig) => {
    await rig.poweredOn();
    const heard = once(rig.noble as never, 'discover');
    rig.controller.advertise({ address: STRAP, data: HEART_RATE_ADVERTISEMENT, type: 2 });
    rig.noble.startScanning([], true);
    await rig.settle();
    rig.controller.advertise({ address: STRAP, data: HEART_RATE_ADVERTISEMENT, type: 2 });
    const [{ connectable }] = (await heard) as [{ connectable: boolean }];
    assert.equal(connectable, false);
  });
});

test('a controller that vanishes is told of at once, and noble says that it is off', async () => {
  await withNoble({}, async (rig) => {
    await rig.poweredOn();
    const states: unknown[] = [];
    rig.noble.on('stateChange', (state: unknown) => states.push(state));
    rig.controller.vanish();
    assert.deepEqual([states, rig.lost], [['poweredOff'], ['the other side ended the connection']]);
  });
});

test('a controller that has no address scans and connects with a random one', async () => {
  await withNoble({ controller: new ScriptedController({ address: '000000000000' }) }, async (rig) => {
    await rig.connect(new ScriptedStrap({ address: STRAP }));
    const [set] = rig.controller.sent(OPCODE.leSetRandomAddress);
    assert.equal(set?.parameters.toString('hex'), '8080808080c0');
    assert.equal(rig.controller.sent(OPCODE.leSetScanParameters).at(-1)?.parameters[5], 1);
    assert.equal(rig.controller.sent(OPCODE.leCreateConnection).at(-1)?.parameters[12], 1);
  });
});

test('what noble leaves on its process is taken off, and a release leaves the controller reset', async () => {
  const before = [process.listeners('SIGINT'), process.listeners('exit')];
  await withNoble({}, async (rig) => {
    await rig.poweredOn();
    assert.deepEqual([process.listeners('SIGINT'), process.listeners('exit')], before);
    await rig.radio.release();
    await rig.radio.release();
    assert.equal(rig.controller.commands.at(-1)?.opcode, OPCODE.reset);
    assert.equal(rig.controller.sent(OPCODE.reset).length, 2);
    assert.deepEqual(rig.lost, []);
  });
});

test('a machine without the adapter says so, and what to do', async () => {
  const options = { clock: new SystemClock(), random: () => 0.5, onReport: () => {}, onLost: () => {} };
  await assert.rejects(createHciNoble({ ...options, adapter: 'hci99' }), {
    name: 'OperatingError',
    code: 'radio-unavailable',
    message: /no Bluetooth/,
    remedy: /plug/,
  });
});
