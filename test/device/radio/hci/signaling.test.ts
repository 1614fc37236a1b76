import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { CHANNEL, OPCODE } from '../../../../device/radio/hci/packets.ts';
import { SignalingGuard } from '../../../../device/radio/hci/signaling.ts';
import { withNoble } from './noble-rig.ts';

/** Intervals in ms, timeout in ms. */
interface Wish {
  readonly min: number;
  readonly max: number;
  readonly latency: number;
  readonly timeout: number;
}

function request({ min, max, latency, timeout }: Wish, identifier = 1): Buffer {
  const payload = Buffer.from([0x12, identifier, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  [Math.round(min / 1.25), Math.round(max / 1.25), latency, Math.round(timeout / 10)].forEach((value, index) => {
    payload.writeUInt16LE(value, 4 + 2 * index);
  });
  return payload;
}

const ACCEPTED: readonly [what: string, wish: Wish, minInterval: number][] = [
  ['Polar H7', { min: 312.5, max: 500, latency: 0, timeout: 6_000 }, 250],
  ['the slowest that is fine', { min: 1_000, max: 1_000, latency: 4, timeout: 10_010 }, 800],
  ['a range that begins too fast', { min: 7.5, max: 200, latency: 0, timeout: 4_000 }, 60],
  ['the fastest that is fine', { min: 75, max: 75, latency: 0, timeout: 420 }, 60],
];

for (const [what, wish, minInterval] of ACCEPTED) {
  test(`the wish of ${what} is granted`, () => {
    const verdict = new SignalingGuard().received(request(wish, 7));
    assert.ok(verdict.kind === 'answer');
    assert.equal(verdict.payload.toString('hex'), '130702000000');
    const { max, latency, timeout } = wish;
    assert.deepEqual(verdict.update, { minInterval, maxInterval: max / 1.25, latency, timeout: timeout / 10 });
  });
}

const REJECTED: readonly [what: string, wish: Wish][] = [
  ['that leaves no air for others', { min: 7.5, max: 22.5, latency: 0, timeout: 420 }],
  ['that comes by too seldom', { min: 500, max: 1_001.25, latency: 0, timeout: 6_000 }],
  ['that may be silent for long', { min: 100, max: 200, latency: 5, timeout: 6_000 }],
  ['whose range is upside down', { min: 500, max: 400, latency: 0, timeout: 6_000 }],
  ['whose interval is below any', { min: 5, max: 100, latency: 0, timeout: 6_000 }],
  ['whose timeout is above any', { min: 100, max: 200, latency: 0, timeout: 32_010 }],
  ['whose timeout is below any', { min: 75, max: 75, latency: 0, timeout: 90 }],
  ['whose link would end between two exchanges', { min: 500, max: 500, latency: 1, timeout: 2_000 }],
];

for (const [what, wish] of REJECTED) {
  test(`a wish ${what} is rejected`, () => {
    const verdict = new SignalingGuard().received(request(wish));
    assert.ok(verdict.kind === 'answer');
    assert.deepEqual([verdict.payload.toString('hex'), verdict.update], ['130102000100', undefined]);
  });
}

test('one wish at a time: none before the last was answered, and none granted while the last is carried out', () => {
  const guard = new SignalingGuard();
  const wish = request({ min: 100, max: 200, latency: 0, timeout: 6_000 });
  assert.equal(guard.received(wish).kind, 'answer');
  assert.equal(guard.received(wish).kind, 'malformed');
  guard.sent();
  const second = guard.received(wish);
  assert.ok(second.kind === 'answer' && second.update === undefined);
  guard.sent();
  guard.updated();
  const third = guard.received(wish);
  assert.ok(third.kind === 'answer' && third.update !== undefined);
});

test('other requests are rejected as not understood, and answers are passed over', () => {
  const answered = new SignalingGuard().received(Buffer.from('14050a0000000000000000000000', 'hex'));
  assert.ok(answered.kind === 'answer');
  assert.equal(answered.payload.toString('hex'), '010502000000');
  for (const answer of ['010102000000', '130102000000']) {
    assert.equal(new SignalingGuard().received(Buffer.from(answer, 'hex')).kind, 'ignore');
  }
});

test('signals of a wrong length are malformed', () => {
  for (const signal of [
    '',
    '12',
    '120108',
    '120108000600',
    '12010900060006000000f40100',
    '120108000600060000000a000a',
    '12000800',
  ]) {
    assert.equal(new SignalingGuard().received(Buffer.from(signal, 'hex')).kind, 'malformed', signal);
  }
});

test('what is granted is always valid by the specification, and no bytes make it throw', () => {
  const wishes = fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map((bytes) => Buffer.concat([Buffer.from([0x12, 1, 8, 0]), bytes]));
  fc.assert(
    fc.property(fc.oneof(wishes, fc.uint8Array({ maxLength: 30 })), (bytes) => {
      const verdict = new SignalingGuard().received(Buffer.from(bytes));
      if (verdict.kind !== 'answer' || verdict.update === undefined) return;
      const { minInterval, maxInterval, latency, timeout } = verdict.update;
      assert.ok(minInterval >= 6 && minInterval <= maxInterval && maxInterval <= 3_200);
      assert.ok(timeout >= 10 && timeout <= 3_200 && latency <= 499);
      assert.ok(timeout * 10 > (1 + latency) * maxInterval * 2.5);
    }),
  );
});

test('a strap’s wish is answered over the air, carried out by the controller and told, and noble hears nothing of it', async () => {
  await withNoble({}, async (rig) => {
    const { strap } = await rig.subscribe();
    strap.sendOn(CHANNEL.signaling, request({ min: 312.5, max: 500, latency: 0, timeout: 6_000 }, 9));
    const { parameters } = await rig.controller.command(OPCODE.leConnectionUpdate);
    await rig.settle();
    const answer = rig.controller.pdus.at(-1);
    assert.deepEqual([answer?.channel, answer?.payload.toString('hex')], [CHANNEL.signaling, '130902000000']);
    assert.equal(parameters.toString('hex'), '4000fa009001000058020000' + '0000');
    assert.deepEqual(rig.radio.links[0]?.parameters, { intervalMs: 500, latency: 0, supervisionTimeoutMs: 6_000 });
    const [told] = rig.ofType('parameter-request');
    assert.deepEqual([told?.accepted, told?.wish], [true, '312.5 to 500 ms, latency 0, timeout 6000 ms']);
  });
});
