import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SimulatedClock } from '../../simulator/clock.ts';
import { bootId } from '../../src/system/boot-id.ts';
import { SystemClock } from '../../src/system/clock.ts';
import { clockContract } from '../contract/clock.ts';
import { SettableClock } from '../fakes/settable-clock.ts';

clockContract('the machine’s clock', () => ({ clock: new SystemClock(), pass: (ms) => wait(ms) }));

clockContract('the simulated clock', () => {
  const clock = new SimulatedClock();
  return { clock, pass: (ms) => clock.advanceBy(ms) };
});

clockContract('a clock whose wall time is set', () => {
  const clock = new SettableClock();
  return {
    clock,
    pass: async (ms) => {
      clock.set(clock.wallMs() - 1_000_000);
      await clock.advanceBy(ms);
    },
  };
});

test('monotonic time counts from boot, so that it is the same in every process', {
  skip: process.platform !== 'linux',
}, () => {
  const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  // CLOCK_MONOTONIC stands still while the machine is suspended, uptime does not.
  assert.ok(new SystemClock().monotonicMs() <= uptimeMs + 1_000);
});

test('one boot has one id', () => {
  if (process.platform === 'linux') assert.equal(bootId(), bootId());
  assert.match(bootId(), /^[0-9a-f-]{36}$/);
});
