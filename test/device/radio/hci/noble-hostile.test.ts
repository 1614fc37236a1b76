/** What hostile or broken straps, advertisers and controllers send, with real noble behind the guard. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { CHANNEL, OPCODE } from '../../../../device/radio/hci/packets.ts';
import { PARAMETERS, STRAP, withNoble } from './noble-rig.ts';
import { HANDLE, HEART_RATE_ADVERTISEMENT, ScriptedStrap } from './scripted-strap.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** PDUs that make noble throw, or ask for ever, or take one thing for another. */
const HOSTILE_ATT: readonly [what: string, pdu: string][] = [
  ['no opcode', ''],
  ['a notification of one byte', '1b'],
  ['a notification with half a handle', '1b03'],
  ['an indication of one byte', '1d'],
  ['an error response that is cut short', '0112'],
  ['an answer that nobody asked for', '13'],
  ['an unknown opcode', '23 0300 0200 0648'],
];

for (const [what, pdu] of HOSTILE_ATT) {
  test(`${what} costs the strap itself a report, and nobody anything else`, async () => {
    await withNoble({}, async (rig) => {
      const hostile = await rig.subscribe(STRAP);
      const good = await rig.subscribe('a09e1a000008');
      hostile.strap.send(hex(pdu));
      good.strap.notify(hex('0648'));
      await rig.settle();
      const [report, ...more] = rig.ofType('malformed');
      assert.deepEqual([report?.strap, report?.handle, more], [STRAP, hostile.strap.handle, []]);
      assert.equal(rig.radio.counts.malformed, 1);
      assert.deepEqual([good.values, rig.ofType('threw')], [['0648'], []]);
    });
  });
}

/** Answers to the requests of a discovery. */
const HOSTILE_ANSWERS: readonly [what: string, opcode: number, answer: string][] = [
  ['services in entries of no bytes', 0x10, '1100'],
  ['services in entries of an unknown length', 0x10, '1107 0100 0600 0d18 00'],
  ['no service at all in a list', 0x10, '1106'],
  ['services that are cut short', 0x10, '1106 0100 0600 0d'],
  ['services that are the same again and again', 0x10, '1106 0100 0600 0d18 0100 0600 0d18'],
  ['a service that ends before it begins', 0x10, '1106 0600 0100 0d18'],
  ['the answer to another request', 0x10, '13'],
  ['characteristics in entries of no bytes', 0x08, '0900'],
  ['characteristics that are cut short', 0x08, '0907 0200 10 0300'],
  ['a characteristic beyond its service', 0x08, '0907 0200 10 0900 372a'],
  ['a characteristic before its service', 0x08, '0907 0000 10 0100 372a'],
  ['a value with the handle of its characteristic', 0x08, '0907 0200 10 0200 372a'],
];

for (const [what, opcode, answer] of HOSTILE_ANSWERS) {
  test(`${what} in answer to a discovery: one report, and noble asks no more`, async () => {
    await withNoble({}, async (rig) => {
      const strap = new ScriptedStrap({ address: STRAP });
      strap.answer(opcode, () => hex(answer));
      const peripheral = await rig.connect(strap);
      void rig.measurementOf(peripheral);
      await rig.settle();
      assert.equal(strap.requests.filter(([first]) => first === opcode).length, 1);
      assert.equal(rig.ofType('malformed').length, 1);
      assert.deepEqual(rig.ofType('threw'), []);
    });
  });
}

test('a strap that answers a discovery with the same service for ever is stopped at the second time', async () => {
  await withNoble({}, async (rig) => {
    const strap = new ScriptedStrap({ address: STRAP });
    strap.answer(0x10, () => hex('1106 0100 0600 0d18'));
    const peripheral = await rig.connect(strap);
    void peripheral.discoverServicesAsync([]);
    await rig.settle();
    assert.equal(strap.requests.filter(([first]) => first === 0x10).length, 2);
    assert.equal(rig.ofType('malformed')[0]?.reason, 'handles that do not ascend');
  });
});

test('a strap that will not exchange the MTU, with whatever code, is asked everything else all the same', async () => {
  for (const code of ['04', '06', '0e']) {
    await withNoble({}, async (rig) => {
      const strap = new ScriptedStrap({ address: STRAP });
      strap.answer(0x02, () => hex(`0102 0000 ${code}`));
      const peripheral = await rig.connect(strap);
      await rig.measurementOf(peripheral);
      const [error] = rig.ofType('attribute-error');
      assert.deepEqual([error?.request, error?.code], [0x02, Number.parseInt(code, 16)]);
    });
  }
});

test('a strap with a larger MTU than was offered has its long values read to the end', async () => {
  await withNoble({}, async (rig) => {
    const value = Buffer.alloc(300, 0x41);
    const strap = new ScriptedStrap({ address: STRAP });
    strap.answer(0x02, () => hex('03 0002'));
    strap.answer(0x0a, () => Buffer.concat([hex('0b'), value.subarray(0, 255)]));
    strap.answer(0x0c, (request) => Buffer.concat([hex('0d'), value.subarray(request.readUInt16LE(3))]));
    const peripheral = await rig.connect(strap);
    const services = await peripheral.discoverServicesAsync(['180d']);
    const characteristics = await services[0]?.discoverCharacteristicsAsync(['2a38']);
    assert.deepEqual(await characteristics?.[0]?.readAsync(), value);
  });
});

test('a refused subscription is told, which noble does not do', async () => {
  await withNoble({}, async (rig) => {
    const strap = new ScriptedStrap({ address: STRAP });
    strap.answer(0x12, () => hex('0112 0400 03'));
    const measurement = await rig.measurementOf(await rig.connect(strap));
    void measurement.subscribeAsync();
    await rig.settle();
    const told = rig.ofType('attribute-error').map(({ strap: whose, request, code }) => ({ whose, request, code }));
    assert.deepEqual(told, [{ whose: STRAP, request: 0x12, code: 0x03 }]);
  });
});

test('a strap’s own requests are answered, also those that are the same as ours', async () => {
  await withNoble({}, async (rig) => {
    const strap = new ScriptedStrap({ address: STRAP });
    strap.answer(0x02, () => undefined);
    await rig.connect(strap);
    await rig.settle();
    strap.send(hex('02 0001'));
    await rig.settle();
    strap.send(hex('0a 0300'));
    await rig.settle();
    const answers = rig.controller.pdus.map(({ payload }) => payload.toString('hex'));
    assert.deepEqual(answers, ['020001', '030001', '010a000006']);
  });
});

test('a value in fragments of any size, a single byte even, arrives whole', async () => {
  await withNoble({}, async (rig) => {
    const { strap, values } = await rig.subscribe();
    const value = Buffer.concat([hex('1648'), Buffer.alloc(40, 3)]);
    const pdu = Buffer.concat([hex('1b0300'), value]);
    for (const fragmentBytes of [1, 2, 3, 5, 23, 27]) {
      rig.controller.pdu(strap.handle ?? 0, CHANNEL.attribute, pdu, { fragmentBytes });
    }
    await rig.settle();
    assert.deepEqual(
      values,
      Array.from({ length: 6 }, () => value.toString('hex')),
    );
    assert.equal(rig.radio.counts.malformed, 0);
  });
});

test('what a strap pairs with out of turn does not reach noble', async () => {
  await withNoble({}, async (rig) => {
    const { strap, values } = await rig.subscribe();
    for (const message of ['02', '02030001100001', `03${'00'.repeat(16)}`, `04${'00'.repeat(16)}`, '0400', '']) {
      strap.sendOn(CHANNEL.security, hex(message));
    }
    strap.notify(hex('0648'));
    await rig.settle();
    assert.deepEqual([rig.ofType('threw'), values], [[], ['0648']]);
    assert.equal(rig.radio.counts.malformed, 6);
  });
});

test('a strap that floods is told of ten times, and counted to the end', async () => {
  await withNoble({}, async (rig) => {
    const { strap } = await rig.subscribe();
    for (let sent = 0; sent < 1_000; sent++) strap.send(hex('1b'));
    await rig.settle();
    assert.deepEqual([rig.ofType('malformed').length, rig.radio.counts.malformed], [10, 1_000]);
  });
});

test('events that are cut short reach nobody, and a controller that goes on sending them is lost', async () => {
  await withNoble({}, async (rig) => {
    await rig.hear();
    const events = [
      '040502 0040',
      '040803 004000',
      '040e02 0100',
      '040f02 0001',
      '0413 00',
      '041305 02 40000100',
      '043e01 01',
    ];
    for (const event of events) rig.controller.send(hex(event));
    await rig.settle();
    assert.equal(rig.ofType('controller').length, events.length);
    assert.deepEqual([rig.lost, rig.ofType('threw')], [[], []]);
    for (let sent = 0; sent < 20; sent++)
      rig.controller.send(hex('043e12 01 00 4000 00 00 0700001a9ea0 5000 0000 5802 '));
    await rig.settle();
    assert.match(rig.lost[0] ?? '', /the controller is broken/);
    assert.equal(rig.noble.state, 'poweredOff');
  });
});

test('a Connection Complete that is cut short is no connection', async () => {
  await withNoble({}, async (rig) => {
    const peripheral = await rig.hear();
    peripheral.connect(PARAMETERS);
    await rig.controller.command(OPCODE.leCreateConnection);
    rig.controller.send(hex('043e12 01 00 4000 00 00 0700001a9ea0 5000 0000 5802'));
    await rig.settle();
    assert.deepEqual([peripheral.state, rig.ofType('controller').length], ['connecting', 1]);
  });
});

test('malformed advertisements are counted and not printed, and good ones beside them are heard', async (t) => {
  const printed = t.mock.method(console, 'warn', () => {});
  await withNoble({ isOfInterest: () => true }, async (rig) => {
    await rig.hear();
    const heard: string[] = [];
    rig.noble.on('discover', ({ id }: { id: string }) => heard.push(id));
    rig.noble.startScanning([], true);
    for (const data of ['010a', '0116', '0120', '0121', '02010601 0a']) {
      rig.controller.advertise({ address: '0000000000aa', type: 3, data: hex(data) });
    }
    rig.controller.send(hex('043e0c 02 01 00 00 aa0000000000 1f 00'));
    rig.controller.advertise({ address: '0000000000bb', type: 3, data: hex('ff') });
    rig.controller.advertise(
      { address: '0000000000aa', type: 3, data: hex('010a') },
      { address: '0000000000cc', type: 3, data: HEART_RATE_ADVERTISEMENT },
    );
    await rig.settle();
    assert.deepEqual(heard, ['0000000000bb', '0000000000cc']);
    assert.equal(rig.radio.counts.malformedAdvertisements, 7);
    assert.equal(printed.mock.callCount(), 0);
  });
});

test('a scan response that is heard first is not lost for the services that its sender looks for', async (t) => {
  const printed = t.mock.method(console, 'warn', () => {});
  await withNoble({ isOfInterest: () => true }, async (rig) => {
    await rig.poweredOn();
    const names: unknown[] = [];
    rig.noble.on('discover', ({ advertisement }: { advertisement: { localName?: string } }) => {
      names.push(advertisement.localName);
    });
    rig.noble.startScanning([], true);
    await rig.settle();
    for (const sought of ['0314 0d18', '1115 00112233445566778899aabbccddeeff', '051f 0d180000']) {
      rig.controller.advertise({ address: STRAP, type: 4, data: hex(`0309 4142 ${sought}`) });
    }
    await rig.settle();
    assert.deepEqual([names, printed.mock.callCount()], [['AB', 'AB', 'AB'], 0]);
  });
});

test('a link that nobody encrypts makes nothing of an Encryption Change', async () => {
  await withNoble({}, async (rig) => {
    const { strap, values } = await rig.subscribe();
    rig.controller.send(hex(`040804 00 ${(strap.handle ?? 0).toString(16)}00 01`));
    strap.notify(hex('0648'));
    await rig.settle();
    assert.deepEqual([rig.ofType('threw'), values], [[], ['0648']]);
  });
});

test('a notification on a handle that was never discovered is nobody’s reading', async () => {
  await withNoble({}, async (rig) => {
    const { strap, values } = await rig.subscribe();
    strap.notify(hex('0648'), HANDLE.battery);
    strap.notify(hex('0649'), 0x7777);
    await rig.settle();
    assert.deepEqual(values, []);
  });
});

test('what makes noble throw all the same is told of its strap, and the process goes on', async () => {
  await withNoble({}, async (rig) => {
    const { strap, measurement } = await rig.subscribe();
    measurement.on('data', () => {
      throw new Error('as noble would');
    });
    strap.notify(hex('0648'));
    await rig.settle();
    const [threw] = rig.ofType('threw');
    assert.deepEqual([threw?.strap, threw?.fatal, threw?.reason], [STRAP, false, 'as noble would']);
    assert.deepEqual(rig.lost, []);
    rig.noble.on('scanStart', () => {
      throw new Error('of nobody knows whom');
    });
    rig.noble.startScanning([], true);
    await rig.settle();
    assert.equal(rig.ofType('threw')[1]?.fatal, true);
    assert.match(rig.lost[0] ?? '', /noble threw: of nobody/);
  });
});
