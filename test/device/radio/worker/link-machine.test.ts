import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  beginLink,
  isConnecting,
  type LinkEffect,
  type LinkEvent,
  type LinkState,
  stepLink,
} from '../../../../device/radio/worker/link-machine.ts';
import { WORKER_TIMING } from '../../../../device/radio/worker/timing.ts';

const timing = WORKER_TIMING;
const begin = (identify = false) => beginLink({ identify }, 0, timing);

/** Feeds the events one after the other, at the same instant, and gives the last step. */
function after(identify: boolean, ...events: readonly LinkEvent[]) {
  let step = begin(identify);
  for (const event of events) step = stepLink(step.state, event, 0, timing);
  return step;
}

const CONNECTED: LinkEvent = { type: 'connected' };
const DISCOVERED: LinkEvent = { type: 'discovered' };
const SUBSCRIBED: LinkEvent = { type: 'subscribed' };
const DEADLINE: LinkEvent = { type: 'deadline' };
const LOST: LinkEvent = { type: 'disconnected', end: { reason: 'out of range', code: 8 } };

test('a link goes from connecting over discovery to its subscription', () => {
  assert.deepEqual(begin().effects, ['connect']);
  assert.deepEqual(after(false, CONNECTED).effects, ['discover']);
  assert.deepEqual(after(false, CONNECTED, DISCOVERED).effects, ['subscribe']);
  const { state, effects } = after(false, CONNECTED, DISCOVERED, SUBSCRIBED);
  assert.deepEqual([state.phase, effects], ['subscribed', ['read-details']]);
});

test('a strap that is to be identified is subscribed to when it is wanted, and not before', () => {
  assert.deepEqual(after(true, CONNECTED, DISCOVERED).effects, ['identify']);
  const told = after(true, CONNECTED, DISCOVERED, { type: 'identified' });
  assert.deepEqual([told.state.phase, told.effects], ['awaiting', []]);
  assert.deepEqual(after(true, CONNECTED, DISCOVERED, { type: 'identified' }, { type: 'wanted' }).effects, [
    'subscribe',
  ]);
  assert.equal(after(true, CONNECTED, DISCOVERED, { type: 'wanted' }).state.phase, 'identifying');
});

test('nobody asking for an identified strap ends its link', () => {
  const { state, effects } = after(true, CONNECTED, DISCOVERED, { type: 'identified' }, DEADLINE);
  assert.deepEqual([state.phase, effects], ['disconnecting', ['disconnect']]);
});

test('an attempt that takes too long is cancelled, and ends with what the controller says to that', () => {
  const cancelled = after(false, DEADLINE);
  assert.deepEqual([cancelled.state.phase, cancelled.effects], ['cancelling', ['cancel-connect']]);
  const ended = after(false, DEADLINE, { type: 'refused', end: { reason: 'cancelled', code: 2 } });
  assert.deepEqual(ended.state, { phase: 'ended', end: { reason: 'connecting: no answer within 6 s' } });
});

test('a connection that was made just before it was cancelled is disconnected', () => {
  const { state, effects } = after(false, DEADLINE, CONNECTED);
  assert.deepEqual([state.phase, effects], ['disconnecting', ['disconnect']]);
});

test('a cancellation or a disconnection that nobody answers means that noble is of no use any more', () => {
  assert.deepEqual(after(false, DEADLINE, DEADLINE).effects, ['give-up-noble']);
  assert.deepEqual(after(false, CONNECTED, DEADLINE, DEADLINE).effects, ['give-up-noble']);
});

test('each notification puts off the end of a link that has fallen silent', () => {
  const { state } = stepLink(after(false, CONNECTED, DISCOVERED, SUBSCRIBED).state, { type: 'heard' }, 5_000, timing);
  assert.deepEqual(state, { phase: 'subscribed', deadlineMs: 5_000 + timing.silentMs });
  const silent = stepLink(state, DEADLINE, 35_000, timing);
  assert.deepEqual(
    [silent.state.phase, 'end' in silent.state ? silent.state.end.reason : ''],
    ['disconnecting', 'the strap sends nothing'],
  );
});

test('a link that is lost ends at once, in every phase, with its reason', () => {
  for (const events of [[CONNECTED], [CONNECTED, DISCOVERED], [CONNECTED, DISCOVERED, SUBSCRIBED]]) {
    assert.deepEqual(after(false, ...events, LOST), {
      state: { phase: 'ended', end: { reason: 'out of range', code: 8 } },
      effects: [],
    });
  }
});

const end = fc.record({ reason: fc.constantFrom('a', 'b'), code: fc.nat(255) });
const anyEvent: fc.Arbitrary<LinkEvent> = fc.oneof(
  fc.constantFrom<LinkEvent>(
    CONNECTED,
    DISCOVERED,
    SUBSCRIBED,
    DEADLINE,
    { type: 'identified' },
    { type: 'heard' },
    { type: 'wanted' },
    { type: 'failed', reason: 'no' },
    { type: 'release', reason: 'enough' },
  ),
  end.map((each): LinkEvent => ({ type: 'refused', end: each })),
  end.map((each): LinkEvent => ({ type: 'disconnected', end: each })),
);

test('whatever happens, every wait ends, a link ends once, and only what was connected is disconnected', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.tuple(anyEvent, fc.nat(10_000)), { maxLength: 30 }), (identify, events) => {
      let { state, effects }: { state: LinkState; effects: readonly LinkEffect[] } = begin(identify);
      const seen = [...effects];
      let nowMs = 0;
      let wasConnected = false;
      for (const [event, laterMs] of events) {
        nowMs += laterMs;
        if (isConnecting(state) && event.type === 'connected') wasConnected = true;
        const before = state;
        ({ state, effects } = stepLink(state, event, nowMs, timing));
        seen.push(...effects);
        if (before.phase === 'ended') assert.deepEqual({ state, effects }, { state: before, effects: [] });
        if (effects.includes('disconnect')) assert.ok(wasConnected);
        if (state.phase !== 'ended') assert.ok(state.deadlineMs <= nowMs + timing.silentMs);
      }
      // From anywhere, deadlines alone lead to the end: no phase comes twice.
      for (let i = 0; i < 4 && state.phase !== 'ended'; i++) {
        nowMs = state.deadlineMs;
        ({ state, effects } = stepLink(state, DEADLINE, nowMs, timing));
        seen.push(...effects);
      }
      assert.equal(state.phase, 'ended');
      for (const effect of new Set(seen)) assert.equal(seen.filter((each) => each === effect).length, 1, effect);
    }),
    { numRuns: 5_000 },
  );
});
