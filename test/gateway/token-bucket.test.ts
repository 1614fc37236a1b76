import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { RateLimit, TokenBucket } from '../../src/gateway/token-bucket.ts';

interface Message {
  readonly bytes: number;
  readonly isUrgent: boolean;
  readonly atMs: number;
}

/** When each would go, one after the other, each as soon as it may. */
function sendAll(limit: RateLimit, messages: readonly Message[]): Message[] {
  let nowMs = 0;
  return messages.map((message) => {
    nowMs = Math.max(nowMs, message.atMs);
    for (let waitMs = limit.waitMs(message.bytes, message.isUrgent, nowMs); waitMs > 0; ) {
      nowMs += waitMs;
      waitMs = limit.waitMs(message.bytes, message.isUrgent, nowMs);
    }
    limit.take(message.bytes, nowMs);
    return { ...message, atMs: nowMs };
  });
}

/** The most in any second, of what `amountOf` counts. */
function busiestSecond(sent: readonly Message[], amountOf: (message: Message) => number): number {
  return Math.max(
    ...sent.map(({ atMs }) =>
      sent.filter((m) => m.atMs >= atMs && m.atMs < atMs + 1_000).reduce((sum, m) => sum + amountOf(m), 0),
    ),
  );
}

const message = fc.record({
  bytes: fc.integer({ min: 100, max: 60_000 }),
  isUrgent: fc.boolean(),
  atMs: fc.integer({ min: 0, max: 3_000 }),
});

test('with the limits for AWS IoT Core no second sees more than it takes', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 400 }), (messages) => {
      const inOrder = messages
        .map((m) => (m.isUrgent ? { ...m, bytes: Math.min(m.bytes, 400) } : m))
        .sort((a, b) => a.atMs - b.atMs);
      const sent = sendAll(new RateLimit({ publishesPerSecond: 90, bytesPerSecond: 460_000 }), inOrder);
      assert.ok(busiestSecond(sent, () => 1) <= 100);
      assert.ok(busiestSecond(sent, ({ bytes }) => bytes) <= 512 * 1_024 + 400);
    }),
    { numRuns: 300 },
  );
});

test('what waits longer than a moment goes at the very rate of the limit', () => {
  const messages = Array.from({ length: 300 }, () => ({ bytes: 9_200, isUrgent: false, atMs: 0 }));
  const sent = sendAll(new RateLimit({ publishesPerSecond: 90, bytesPerSecond: 460_000 }), messages);
  const lastMs = sent.at(-1)?.atMs ?? 0;
  assert.ok(Math.abs(lastMs - 6_000) < 200, `300 messages of a fiftieth took ${lastMs} ms`);
});

test('an urgent message does not wait for what the others have used up', () => {
  const limit = new RateLimit({ publishesPerSecond: 90, bytesPerSecond: 460_000 });
  for (let i = 0; i < 1_000 && limit.waitMs(5_000, false, 0) === 0; i++) limit.take(5_000, 0);
  assert.ok(limit.waitMs(5_000, false, 0) > 0);
  assert.equal(limit.waitMs(300, true, 0), 0);
});

test('a message that is larger than a second’s share goes all the same, and the next one waits for it', () => {
  const limit = new RateLimit({ bytesPerSecond: 1_000 });
  assert.equal(limit.waitMs(5_000, false, 0), 0);
  limit.take(5_000, 0);
  const waitMs = limit.waitMs(100, false, 0);
  assert.ok(waitMs >= 4_900 && waitMs <= 5_100, `${waitMs}`);
  assert.equal(limit.waitMs(100, false, waitMs), 0);
});

test('without limits nothing waits', () => {
  const limit = new RateLimit({});
  for (let i = 0; i < 1_000; i++) limit.take(1e9, 0);
  assert.equal(limit.waitMs(1e9, false, 0), 0);
});

test('what is not used is not saved up', () => {
  const bucket = new TokenBucket(90, 1);
  let taken = 0;
  while (bucket.waitMs(1, false, 3_600_000) === 0) {
    bucket.take(1, 3_600_000);
    taken++;
  }
  assert.equal(taken, 5);
});
