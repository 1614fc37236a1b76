import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { H4Reader } from '../../../../device/radio/hci/h4.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const body = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
const shortHead = (type: number, head: readonly number[], bytes: Buffer) =>
  Buffer.concat([Buffer.from([type, ...head, bytes.length]), bytes]);
const longHead = (type: number, bytes: Buffer) =>
  Buffer.concat([Buffer.from([type, 0x40, 0x20, bytes.length & 0xff, bytes.length >> 8]), bytes]);

const packet = fc.oneof(
  body(255).map((bytes) => shortHead(1, [3, 12], bytes)),
  body(600).map((bytes) => longHead(2, bytes)),
  body(255).map((bytes) => shortHead(3, [1, 0], bytes)),
  body(255).map((bytes) => shortHead(4, [0x3e], bytes)),
  body(600).map((bytes) => longHead(5, bytes)),
);

test('packets come out as they went in, however the stream is cut', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 10 }), cuts, (packets, sizes) => {
      const reader = new H4Reader();
      const stream = Buffer.concat(packets);
      const out: string[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const end = at + (sizes[turn % sizes.length] ?? 1);
        const result = reader.push(stream.subarray(at, end));
        assert.equal(result.error, undefined);
        out.push(...result.packets.map((each) => each.toString('hex')));
        at = end;
      }
      assert.deepEqual(
        out,
        packets.map((each) => each.toString('hex')),
      );
    }),
  );
});

test('a byte that begins no packet is an error, after the packets before it and for ever', () => {
  for (const type of [0x00, 0x06, 0x47, 0xff]) {
    const reader = new H4Reader();
    const first = reader.push(Buffer.concat([hex('04 0e 01 01'), Buffer.from([type]), hex('04 0e 01 01')]));
    assert.deepEqual(
      first.packets.map((each) => each.toString('hex')),
      ['040e0101'],
    );
    assert.match(first.error ?? '', /begins no H4 packet/);
    const next = reader.push(hex('04 0e 01 01'));
    assert.deepEqual([next.packets, next.error], [[], first.error]);
  }
});

test('a packet that is longer than any is an error before its bytes are there', () => {
  assert.match(new H4Reader().push(hex('02 40 20 01 04')).error ?? '', /1025 bytes, more than 1024/);
  assert.equal(new H4Reader().push(hex('02 40 20 00 04')).error, undefined);
  assert.match(new H4Reader().push(hex('05 40 20 ff ff')).error ?? '', /16383 bytes/);
});

test('no bytes whatever make it throw, or give a packet of another length than it says', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 20 }), (chunks) => {
      const reader = new H4Reader();
      for (const chunk of chunks) {
        for (const each of reader.push(Buffer.from(chunk)).packets) {
          const again = new H4Reader().push(each);
          assert.deepEqual([again.error, again.packets.length], [undefined, 1]);
        }
      }
    }),
  );
});
