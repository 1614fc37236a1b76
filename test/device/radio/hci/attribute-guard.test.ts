import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { AttributeGuard, MTU } from '../../../../device/radio/hci/attribute-guard.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function asked(request: string): AttributeGuard {
  const guard = new AttributeGuard();
  guard.sent(hex(request));
  return guard;
}

const SERVICES = '10 0100 ffff 0028';
const CHARACTERISTICS = '08 0100 0600 0328';
const INCLUDED = '08 0100 0600 0228';
const CONFIGURATION = '08 0300 0600 0229';
const DESCRIPTORS = '04 0300 0600';
const READ = '0a 0600';
const uuid128 = 'fb349b5f80000080001000000d180000';

const GOOD: readonly [what: string, request: string, answer: string][] = [
  ['MTU', '02 0001', '03 1700'],
  ['services', SERVICES, '11 06 0100 0600 0d18 0700 ffff 0f18'],
  ['a service of 128 bits', SERVICES, `11 14 0100 0600 ${uuid128}`],
  ['characteristics', CHARACTERISTICS, '09 07 0200 10 0300 372a 0500 02 0600 382a'],
  ['a characteristic of 128 bits', CHARACTERISTICS, `09 15 0200 10 0300 ${uuid128}`],
  ['an included service', INCLUDED, '09 08 0200 1000 1200 0d18'],
  ['a configuration', CONFIGURATION, '09 04 0400 0000'],
  ['descriptors', DESCRIPTORS, '05 01 0400 0229 0500 0129'],
  ['descriptors of 128 bits', DESCRIPTORS, `05 02 0400 ${uuid128}`],
  ['a value', READ, '0b 01'],
  ['an empty value', READ, '0b'],
  ['the rest of a value', '0c 0600 1600', '0d 4142'],
  ['a write', '12 0400 0100', '13'],
  ['a prepared write', '16 0400 0000 01', '17 0400 0000 01'],
  ['an executed write', '18 01', '19'],
  ['an error', READ, '01 0a 0600 01'],
];

for (const [what, request, answer] of GOOD) {
  test(`an answer about ${what} passes, once`, () => {
    const guard = asked(request);
    const verdict = guard.received(hex(answer));
    assert.ok(verdict.kind === 'pass');
    assert.deepEqual(verdict.pdu, hex(answer));
    assert.equal(guard.received(hex(answer)).kind, 'malformed');
  });
}

const BAD: readonly [what: string, request: string, answer: string][] = [
  ['an MTU below any', '02 0001', '03 1600'],
  ['an MTU cut short', '02 0001', '03 17'],
  ['an MTU with more behind it', '02 0001', '03 1700 00'],
  ['no services', SERVICES, '11 06'],
  ['services without a length', SERVICES, '11'],
  ['services of no length', SERVICES, '11 00 0100 0600 0d18'],
  ['services cut short', SERVICES, '11 06 0100 0600 0d18 07'],
  ['a service of handle 0', SERVICES, '11 06 0000 0600 0d18'],
  ['a service that ends before it begins', SERVICES, '11 06 0600 0500 0d18'],
  ['services that overlap', SERVICES, '11 06 0100 0600 0d18 0600 0800 0f18'],
  ['services that were not asked for', '10 0700 ffff 0028', '11 06 0100 0600 0d18'],
  ['characteristics beyond the service', CHARACTERISTICS, '09 07 0200 10 0700 372a'],
  ['a characteristic at its own value', CHARACTERISTICS, '09 07 0300 10 0300 372a'],
  ['a value before its characteristic', CHARACTERISTICS, '09 07 0300 10 0200 372a'],
  ['characteristics in disorder', CHARACTERISTICS, '09 07 0500 02 0600 382a 0200 10 0300 372a'],
  ['an included service that noble cannot read', INCLUDED, '09 06 0200 1000 1200'],
  ['a configuration of one byte', CONFIGURATION, '09 03 0400 00'],
  ['a configuration elsewhere', CONFIGURATION, '09 04 0200 0000'],
  ['descriptors of an unknown format', DESCRIPTORS, '05 03 0400 0229'],
  ['descriptors without a format', DESCRIPTORS, '05'],
  ['a descriptor twice', DESCRIPTORS, '05 01 0400 0229 0400 0229'],
  ['a value that goes on for ever', '0c 0600 0002', '0d 41'],
  ['a write with more behind it', '12 0400 0100', '13 00'],
  ['a prepared write cut short', '16 0400 0000 01', '17 0400 00'],
  ['an error cut short', READ, '01 0a 0600'],
  ['an error with more behind it', READ, '01 0a 0600 0100'],
  ['an error about something else', READ, '01 12 0600 01'],
  ['something else', READ, '13'],
];

for (const [what, request, answer] of BAD) {
  test(`an answer with ${what} does not pass, and the right one does after it`, () => {
    const guard = asked(request);
    assert.equal(guard.received(hex(answer)).kind, 'malformed');
    assert.equal(guard.received(hex(`01 ${request.slice(0, 2)} 0600 0a`)).kind, 'pass');
  });
}

test('notifications pass at any time, with a handle', () => {
  const guard = new AttributeGuard();
  for (const pdu of ['1b 0300', '1b 0300 0648']) assert.equal(guard.received(hex(pdu)).kind, 'pass');
  for (const pdu of ['1b', '1b 03', '1b 0000 0648', '1d', '1d 03']) {
    assert.equal(guard.received(hex(pdu)).kind, 'malformed', pdu);
  }
});

test('one indication passes until it is confirmed', () => {
  const guard = new AttributeGuard();
  assert.equal(guard.received(hex('1d 0300 0648')).kind, 'pass');
  assert.equal(guard.received(hex('1d 0300 0648')).kind, 'malformed');
  guard.sent(hex('1e'));
  assert.equal(guard.received(hex('1d 0300 0648')).kind, 'pass');
});

test('one request of the strap’s is answered at a time; its commands are passed over', () => {
  const guard = new AttributeGuard();
  const answer = guard.received(hex('10 0100 ffff 0028'));
  assert.deepEqual(answer, { kind: 'answer', pdu: hex('01 10 0000 06') });
  assert.equal(guard.received(hex('02 1700')).kind, 'malformed');
  guard.sent(hex('01 10 0000 06'));
  assert.deepEqual(guard.received(hex('02 1700')), { kind: 'answer', pdu: hex('03 0001') });
  guard.sent(hex('03 0001'));
  assert.equal(guard.received(hex('02 17')).kind, 'malformed');
  for (const pdu of ['52 0300 01', 'd2 0300 01', '1e']) assert.equal(guard.received(hex(pdu)).kind, 'ignore');
});

test('a PDU of more than the MTU does not pass', () => {
  const value = (length: number) => Buffer.concat([hex('1b 0300'), Buffer.alloc(length - 3)]);
  assert.equal(new AttributeGuard().received(value(MTU)).kind, 'pass');
  assert.equal(new AttributeGuard().received(value(MTU + 1)).kind, 'malformed');
});

test('noble is given the smaller MTU of both sides, and no error that it would wait after', () => {
  const mtu = asked('02 0001').received(hex('03 0502'));
  assert.deepEqual(mtu, { kind: 'pass', pdu: hex('03 0001') });
  const refused = asked('02 0001').received(hex('01 02 0000 04'));
  assert.deepEqual(refused, { kind: 'pass', pdu: hex('01 02 0000 06'), error: { request: 2, code: 4 } });
});

const requests = fc.constantFrom(...GOOD.map(([, request]) => hex(request)));
const pdus = fc.oneof(
  fc.constantFrom(...GOOD.map(([, , answer]) => hex(answer))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.constantFrom(...GOOD.map(([, , answer]) => hex(answer))), fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([answer, at, byte]) => {
      const changed = Buffer.from(answer);
      changed[at % changed.length] = byte;
      return changed.subarray(0, 1 + (at % (changed.length + 1)));
    }),
);

test('no PDUs whatever make it throw, and at most one answer passes for each request', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.option(requests), pdus), { maxLength: 30 }), (steps) => {
      const guard = new AttributeGuard();
      let open = 0;
      for (const [request, pdu] of steps) {
        if (request !== null) {
          guard.sent(request);
          open = 1;
        }
        const verdict = guard.received(pdu);
        const isAnswer = verdict.kind === 'pass' && pdu[0] !== 0x1b && pdu[0] !== 0x1d;
        if (isAnswer) assert.ok(open-- > 0);
        if (verdict.kind === 'answer') guard.sent(verdict.pdu);
      }
    }),
  );
});
