import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type ClockTrust, Timekeeper } from '../../src/domain/timekeeper.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
/** 2026-11-23T10:00:00Z, in whole seconds, and the monotonic time then. */
const NOW = Date.UTC(2026, 10, 23, 10);
const BOOTED = 20_000;

/** A machine whose wall clock is wrong by `errorMs`, `sinceMs` after the timekeeper has begun. */
const at = (sinceMs: number, errorMs = 0) => ({ monotonicMs: BOOTED + sinceMs, wallMs: NOW + sinceMs + errorMs });

const keeper = (errorMs = 0, trust: ClockTrust = 'auto') => new Timekeeper({ trust, first: at(0, errorMs) });

/** A keeper that trusts the clock. */
function trusting(): Timekeeper {
  const time = keeper();
  time.answered(true, BOOTED);
  time.look(at(0));
  assert.ok(time.isTrusted);
  return time;
}

test('before anybody has answered, stamps are marked with the offset by which they were made', () => {
  const time = keeper(-HOUR);
  assert.equal(time.look(at(0, -HOUR)), undefined);
  assert.deepEqual(time.stamp(BOOTED + 1_000.4), { timeMs: NOW + 1_000 - HOUR, offsetMs: NOW - BOOTED - HOUR });
  assert.deepEqual(time.mark, { offsetMs: NOW - BOOTED - HOUR });
});

test('a clock in 1970 is told as such at once, and is corrected when NTP has set it', () => {
  const time = keeper(-NOW);
  assert.deepEqual(time.look(at(0, -NOW)), { type: 'untrusted', reason: 'too-early' });
  time.answered(false, BOOTED);
  assert.equal(time.look(at(250, -NOW)), undefined, 'it is told once');
  assert.equal(time.look(at(HOUR)), undefined, 'the clock was set, and nobody says yet that it is right');
  assert.equal(time.wallMs(BOOTED), 0);
  time.answered(true, BOOTED + HOUR + 10);
  assert.deepEqual(time.look(at(HOUR + 250)), { type: 'trusted', correctionMs: NOW });
  assert.deepEqual(time.stamp(BOOTED), { timeMs: NOW });
});

test('no step of an untrusted clock moves a stamp', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -30 * YEAR, max: 30 * YEAR }), { maxLength: 20 }), (errors) => {
      const time = keeper(-YEAR);
      time.answered(false, BOOTED);
      for (const [i, errorMs] of errors.entries()) {
        time.look(at(i * 250, errorMs));
        assert.equal(time.stamp(BOOTED + i * 250).timeMs, NOW - YEAR + i * 250);
      }
    }),
  );
});

test('where nobody can be asked a plausible clock is trusted, and an implausible one is not', () => {
  for (const [errorMs, reason] of [
    [0, undefined],
    [-YEAR, 'too-early'],
    [11 * YEAR, 'too-late'],
  ] as const) {
    const time = keeper(errorMs);
    time.answered(undefined, BOOTED);
    const news = time.look(at(0, errorMs));
    if (reason === undefined) assert.deepEqual(news, { type: 'trusted', correctionMs: 0 });
    else assert.deepEqual(news, { type: 'untrusted', reason });
  }
});

test('where nobody can be asked a clock behind the newest record of the store is not trusted; NTP is believed', () => {
  const time = keeper();
  time.resume({ newestTrustedMs: NOW + HOUR });
  time.answered(undefined, BOOTED);
  assert.deepEqual(time.look(at(0)), { type: 'untrusted', reason: 'before-newest-record' });
  time.answered(true, BOOTED);
  assert.deepEqual(time.look(at(250)), { type: 'trusted', correctionMs: 0 });
});

test('NTP is not believed about a time that cannot be', () => {
  const time = keeper(-NOW);
  time.answered(true, BOOTED);
  assert.deepEqual(time.look(at(0, -NOW)), { type: 'untrusted', reason: 'too-early' });
});

test('a gateway that trusts NTP alone trusts nothing where nobody can be asked', () => {
  const time = keeper(0, 'ntp');
  time.answered(undefined, BOOTED);
  assert.deepEqual(time.look(at(0)), { type: 'untrusted', reason: 'nobody-tells' });
});

test('a clock that is always right is trusted from the start, and as soon as it is plausible', () => {
  assert.ok(keeper(0, 'always').isTrusted);
  const time = keeper(-NOW, 'always');
  assert.deepEqual(time.look(at(0, -NOW)), { type: 'untrusted', reason: 'too-early' });
  assert.deepEqual(time.look(at(250)), { type: 'trusted', correctionMs: NOW });
  assert.deepEqual(time.look(at(500, HOUR)), { type: 'stepped', correctionMs: HOUR });
});

test('a trusted clock is followed while it slews, whatever NTP says meanwhile', () => {
  const time = trusting();
  time.answered(false, BOOTED);
  for (let s = 1; s <= 3_600; s++) assert.equal(time.look(at(s * 1_000, s * 0.5)), undefined);
  assert.ok(Math.abs(time.wallMs(BOOTED + HOUR) - (NOW + HOUR + 1_800)) <= 5);
  assert.deepEqual(time.mark, {});
});

test('clocks that are read one after the other and in whole milliseconds do not make stamps tremble', () => {
  const time = trusting();
  for (let i = 0; i < 100; i++) {
    time.look(at(i * 250, (i % 3) - 1));
    assert.equal(time.stamp(BOOTED + 1_000).timeMs, NOW + 1_000);
  }
});

test('a step of a trusted clock is followed only when NTP has confirmed it after the step', () => {
  for (const stepMs of [3 * YEAR, -YEAR / 4, 5_000, -5_000]) {
    const time = trusting();
    assert.equal(time.look(at(1_000, stepMs)), undefined);
    assert.equal(time.doubtSinceMs, BOOTED + 1_000);
    time.answered(true, BOOTED + 999);
    assert.equal(time.look(at(1_250, stepMs)), undefined, 'an answer from before the step is none');
    assert.equal(time.stamp(BOOTED).timeMs, NOW);
    time.answered(true, BOOTED + 1_300);
    assert.deepEqual(time.look(at(1_500, stepMs)), { type: 'stepped', correctionMs: stepMs });
    assert.equal(time.doubtSinceMs, undefined);
    assert.deepEqual(time.stamp(BOOTED), { timeMs: NOW + stepMs });
  }
});

test('a step that nobody confirms is ignored and told once, and stamps stay right', () => {
  const time = trusting();
  time.look(at(1_000, -YEAR / 4));
  time.answered(false, BOOTED + 1_100);
  assert.deepEqual(time.look(at(1_250, -YEAR / 4)), { type: 'step-ignored', stepMs: -YEAR / 4 });
  assert.equal(time.look(at(1_500, -YEAR / 4)), undefined);
  assert.deepEqual(time.stamp(BOOTED), { timeMs: NOW, offsetMs: NOW - BOOTED }, 'it may yet turn out to be right');
  time.look(at(2_000));
  assert.equal(time.doubtSinceMs, undefined, 'it was set back');
  assert.deepEqual(time.stamp(BOOTED), { timeMs: NOW });
  time.look(at(3_000, HOUR));
  time.answered(false, BOOTED + 3_100);
  assert.deepEqual(time.look(at(3_250, HOUR)), { type: 'step-ignored', stepMs: HOUR }, 'another one is told again');
});

test('a step to a time that cannot be is not followed, though nobody can be asked', () => {
  const time = keeper();
  time.answered(undefined, BOOTED);
  time.look(at(0));
  assert.deepEqual(time.look(at(1_000, -NOW)), { type: 'step-ignored', stepMs: -NOW });
  assert.deepEqual(time.look(at(2_000, HOUR)), { type: 'stepped', correctionMs: HOUR });
});

test('what this boot has learned holds for a process that starts later in it, whatever the clock says by then', () => {
  const time = keeper(-YEAR / 2);
  time.resume({ learnedOffsetMs: NOW - BOOTED });
  assert.ok(time.isTrusted);
  assert.equal(time.look(at(0, -YEAR / 2)), undefined);
  assert.equal(time.stamp(BOOTED).timeMs, NOW);
  time.answered(false, BOOTED + 1);
  assert.deepEqual(time.look(at(250, -YEAR / 2)), { type: 'step-ignored', stepMs: -YEAR / 2 });
});

test('provisional times of an earlier process of this boot are brought to the offset of this one', () => {
  const time = keeper(-YEAR);
  const before = { offsetMs: NOW - BOOTED - YEAR - HOUR };
  assert.equal(time.correctionOf(before), HOUR);
  assert.equal(time.correctionOf({}), 0, 'settled times stay');
});
