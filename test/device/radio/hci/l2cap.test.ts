import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PDU_MAX_BYTES, Reassembly } from '../../../../device/radio/hci/l2cap.ts';
import { FRAGMENT } from '../../../../device/radio/hci/packets.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function pduOf(channel: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(payload.length, 0);
  head.writeUInt16LE(channel, 2);
  return Buffer.concat([head, payload]);
}

const pdu = fc.record({
  channel: fc.integer({ min: 0, max: 0xffff }),
  payload: fc.uint8Array({ maxLength: PDU_MAX_BYTES }),
  fragmentBytes: fc.integer({ min: 1, max: 300 }),
});

test('PDUs come out as they went in, in fragments of any size', () => {
  fc.assert(
    fc.property(fc.array(pdu, { maxLength: 5 }), (pdus) => {
      const reassembly = new Reassembly();
      for (const { channel, payload, fragmentBytes } of pdus) {
        const bytes = pduOf(channel, payload);
        for (let at = 0; at < bytes.length; at += fragmentBytes) {
          const flag = at === 0 ? FRAGMENT.first : FRAGMENT.later;
          const outcome = reassembly.push(flag, bytes.subarray(at, at + fragmentBytes));
          if (at + fragmentBytes < bytes.length) assert.equal(outcome.kind, 'partial');
          else assert.deepEqual(outcome, { kind: 'whole', channel, payload: Buffer.from(payload) });
        }
      }
    }),
  );
});

const WRONG: readonly [what: string, fragments: readonly [flag: number, bytes: string][], reason: RegExp][] = [
  ['that goes on and was never begun', [[1, '00']], /not begun/],
  ['with more bytes than it says', [[2, '0100 0400 0102']], /1 bytes more/],
  [
    'that gets more bytes than it says in the end',
    [
      [2, '0300 0400 01'],
      [1, '020304'],
    ],
    /1 bytes more/,
  ],
  ['that is longer than any', [[2, 'ffff 0400']], /65535 bytes/],
  ['in a fragment of an unknown kind', [[3, '0000 0400']], /unknown kind/],
];

for (const [what, fragments, reason] of WRONG) {
  test(`a PDU ${what} is refused, its rest is passed over, and the next is whole again`, () => {
    const reassembly = new Reassembly();
    const outcomes = fragments.map(([flag, bytes]) => reassembly.push(flag, hex(bytes)));
    const last = outcomes.at(-1);
    assert.ok(last?.kind === 'malformed');
    assert.match(last.reason, reason);
    assert.equal(reassembly.push(FRAGMENT.later, hex('aabb')).kind, 'partial');
    assert.equal(reassembly.push(FRAGMENT.first, hex('0100 0400 aa')).kind, 'whole');
  });
}

test('a PDU that is begun anew before its end is refused, and the new one is not', () => {
  const reassembly = new Reassembly();
  reassembly.push(FRAGMENT.first, hex('0300 0400 01'));
  assert.equal(reassembly.push(FRAGMENT.first, hex('0300 0400 02')).kind, 'malformed');
  const outcome = reassembly.push(FRAGMENT.later, hex('0304'));
  assert.deepEqual(outcome, { kind: 'whole', channel: 4, payload: hex('020304') });
});

test('no fragments whatever make it throw or give more than a PDU may have', () => {
  const fragment = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), (fragments) => {
      const reassembly = new Reassembly();
      for (const [flag, bytes] of fragments) {
        const outcome = reassembly.push(flag, Buffer.from(bytes));
        if (outcome.kind === 'whole') assert.ok(outcome.payload.length <= PDU_MAX_BYTES);
      }
    }),
  );
});
