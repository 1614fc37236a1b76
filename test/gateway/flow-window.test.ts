import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Random } from '../../simulator/random.ts';
import { FlowWindow } from '../../src/gateway/flow-window.ts';
import { type Carried, type Link, SimulatedLink, type Traffic } from './simulated-link.ts';

const MBIT = 125; // bytes/ms

/** Messages three tenths larger or smaller than asked for, acknowledgements up to a tenth of a round trip late. */
function traffic(seed: number, { roundTripMs }: Link, messagesMax?: number): Traffic {
  const random = new Random(seed);
  return {
    sizeFactor: () => 0.7 + 0.6 * random.uniform(),
    jitterMs: () => 0.1 * roundTripMs * random.uniform(),
    ...(messagesMax === undefined ? {} : { messagesMax }),
  };
}

function started(link: Link, { seed = 1, messagesMax }: { seed?: number; messagesMax?: number } = {}) {
  const window = new FlowWindow(messagesMax ?? 7);
  return { window, line: new SimulatedLink(window, link, traffic(seed, link, messagesMax)) };
}

const logarithmic = (from: number, to: number) =>
  fc.double({ min: Math.log(from), max: Math.log(to), noNaN: true }).map(Math.exp);

const links: fc.Arbitrary<Link> = fc.record({
  bytesPerMs: logarithmic(8, 1_000 * MBIT),
  roundTripMs: logarithmic(1, 600),
});

const utilisation = ({ bytes }: Carried, { bytesPerMs }: Link, durationMs: number) => bytes / (bytesPerMs * durationMs);

/** How long the largest ordinary message takes, ms: a fiftieth of a second, unless the link is very slow or long. */
const messageMs = ({ bytesPerMs, roundTripMs }: Link) => Math.max(20, roundTripMs / 5, 1_024 / bytesPerMs);

test('every link from 64 kbit/s to 1 Gbit/s is used to four fifths, and little queues before it', () => {
  fc.assert(
    fc.property(links, fc.integer(), (link, seed) => {
      const { line } = started(link, { seed });
      line.carry(30_000);
      const carried = line.carry(30_000);
      assert.ok(utilisation(carried, link, 30_000) >= 0.8, `used to ${utilisation(carried, link, 30_000)}`);
      const queue = `queue ${carried.meanQueueMs} ms, at most ${carried.longestQueueMs} ms`;
      assert.ok(carried.meanQueueMs <= link.roundTripMs + 3 * messageMs(link), queue);
      assert.ok(carried.longestQueueMs <= 1.5 * link.roundTripMs + 8 * messageMs(link), queue);
    }),
    { numRuns: 150 },
  );
});

test('seven messages under way are enough for what seven of the largest hold', () => {
  fc.assert(
    fc.property(links, fc.integer(), (link, seed) => {
      fc.pre(link.bytesPerMs * link.roundTripMs <= 200_000);
      const { line } = started(link, { seed, messagesMax: 7 });
      line.carry(30_000);
      assert.ok(utilisation(line.carry(30_000), link, 30_000) >= 0.8);
    }),
    { numRuns: 100 },
  );
});

test('with two messages under way a long line is used as well as with seven', () => {
  const link = { bytesPerMs: MBIT, roundTripMs: 200 };
  const { line } = started(link, { messagesMax: 2 });
  line.carry(30_000);
  assert.ok(utilisation(line.carry(30_000), link, 30_000) >= 0.8);
});

test('over 4 Mbit/s with 50 ms, an alert waits a twentieth of a second behind what is queued', () => {
  const link = { bytesPerMs: 4 * MBIT, roundTripMs: 50 };
  const { line, window } = started(link);
  line.carry(10_000);
  const { meanQueueMs, longestQueueMs } = line.carry(60_000);
  assert.ok(meanQueueMs <= 70 && longestQueueMs <= 150, `${meanQueueMs} and ${longestQueueMs} ms`);
  assert.ok(window.batchBytes <= 12_000);
});

test('it begins small, and has the measure of the link within seconds', () => {
  const link = { bytesPerMs: 100 * MBIT, roundTripMs: 50 };
  const { line, window } = started(link);
  assert.equal(window.bytes, 8_192);
  line.carry(2_000);
  assert.ok(utilisation(line.carry(1_000), link, 1_000) >= 0.8);
});

test('a link that becomes slower is queued before for some seconds at most', () => {
  const { line } = started({ bytesPerMs: 10 * MBIT, roundTripMs: 50 });
  line.carry(20_000);
  line.link = { bytesPerMs: MBIT, roundTripMs: 50 };
  line.carry(10_000);
  const { longestQueueMs } = line.carry(10_000);
  assert.ok(longestQueueMs <= 300, `${longestQueueMs} ms`);
});

test('a link that becomes faster, or longer, is used again within half a minute', () => {
  for (const next of [
    { bytesPerMs: 20 * MBIT, roundTripMs: 50 },
    { bytesPerMs: 2 * MBIT, roundTripMs: 500 },
    { bytesPerMs: 20 * MBIT, roundTripMs: 500 },
  ]) {
    const { line } = started({ bytesPerMs: 2 * MBIT, roundTripMs: 50 });
    line.carry(20_000);
    line.link = next;
    line.carry(30_000);
    const used = utilisation(line.carry(20_000), next, 20_000);
    assert.ok(used >= 0.8, `${JSON.stringify(next)} is used to ${used}`);
  }
});

test('a queue that was there from the beginning is not taken for the round trip for ever', () => {
  const link = { bytesPerMs: MBIT, roundTripMs: 20 };
  const { line, window } = started(link);
  // Somebody else's 100 KB, a second long, are before every message of the first moments.
  const others = window.sent(100_000, 0);
  line.carry(0);
  line.nowMs = 1_000;
  window.answered(others, 1_000);
  line.carry(30_000);
  assert.ok(line.carry(10_000).longestQueueMs <= 200);
});

test('a trickle says nothing against the link: the window stays for when there is more', () => {
  const link = { bytesPerMs: 4 * MBIT, roundTripMs: 50 };
  const { line, window } = started(link);
  line.carry(8_000);
  const before = window.bytes;
  for (let second = 0; second < 5; second++) {
    line.nowMs += 1_000;
    window.idle();
    const sent = window.sent(3_000, line.nowMs);
    window.answered(sent, line.nowMs + 56);
  }
  assert.ok(window.bytes >= before * 0.8, `${window.bytes} of ${before}`);
});

test('one message may always go, and no other beyond the window', () => {
  const window = new FlowWindow(7);
  assert.ok(window.fits(100_000));
  const sent = window.sent(8_000, 0);
  assert.ok(!window.fits(300));
  assert.ok(window.fits(192));
  window.forget(sent);
  assert.equal(window.inFlightBytes, 0);
  assert.ok(window.fits(100_000));
});
