import assert from 'node:assert/strict';
import test from 'node:test';
import { SimulatedClock } from '../../simulator/clock.ts';
import { Reconnecting } from '../../src/uplink/reconnecting.ts';
import { TIMING } from '../../src/uplink/timing.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';

test('a connection that cannot even be begun is an attempt that failed, and the next one follows', async () => {
  const clock = new SimulatedClock();
  const telemetry = new CollectedTelemetry();
  const uplink = new Reconnecting({
    name: 'test',
    gateway: 'pitch-3',
    topicPrefix: 'iot/heartrate',
    clock,
    random: () => 0,
    telemetry,
    timing: TIMING,
  });
  let attempts = 0;
  uplink.start(
    () => {
      attempts++;
      throw new Error('too many open files');
    },
    () => assert.fail('it was never connected'),
  );
  await clock.advanceBy(3_500);
  assert.equal(attempts, 4);
  assert.deepEqual(telemetry.events[0], {
    event: 'uplink.disconnected',
    uplink: 'test',
    reason: 'too many open files',
    retryInMs: 1_000,
  });
  await uplink.stop();
});
