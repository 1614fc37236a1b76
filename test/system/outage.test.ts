import assert from 'node:assert/strict';
import test from 'node:test';
import { distinct, recordsOf, storedIds } from '../fixtures/received.ts';
import { Scene } from '../fixtures/scene.ts';
import { requires } from '../requirements.ts';

const TEAM = 6;

/** Everybody is above the limit, so everybody's alert is raised at the end of the first full minute. */
const ATHLETES = `
defaults:
  rules:
    any: { kind: average, window: 60s, above: 30 }
athletes:
${Array.from({ length: TEAM }, (_, i) => `  - { id: "${i + 1}", strap: { address: "a0:9e:1a:00:00:0${i + 1}" } }`).join('\n')}
`;

test(
  'a broker killed in mid-run costs nothing, and alerts of the outage arrive before its samples',
  requires('mosquitto'),
  () =>
    Scene.with(async (scene) => {
      const athletes = await scene.file('athletes.yaml', ATHLETES);
      const gateway = scene.simulate(
        '--athletes',
        athletes,
        '--speed',
        '10',
        '--start',
        '2026-01-31T15:00:00Z',
        '--no-faults',
      );
      await scene.subscriber.waitFor((messages) => messages.length > 0);
      await scene.broker.kill();
      await scene.relay.close();
      assert.equal(
        gateway.log.filter(({ event }) => event === 'alert.raised').length,
        0,
        'the outage begins before the first alert',
      );

      const raised = (log: readonly { event: string }[]) => log.filter(({ event }) => event === 'alert.raised').length;
      await gateway.logged((log) => raised(log) === TEAM, 'the alerts of the outage');
      const before = scene.subscriber.messages.length;
      await scene.broker.start();
      await scene.subscriber.subscribed();
      await scene.relay.open();
      await gateway.logged(
        (log) => log.filter(({ event }) => event === 'uplink.connected').length === 2,
        'the reconnection',
      );
      await scene.subscriber.waitFor((messages) => messages.length > before + 1);
      gateway.kill('SIGTERM');
      const { code, stderr } = await gateway.ended();
      assert.equal(code, 0, stderr);

      const after = recordsOf(scene.subscriber.messages.slice(before));
      const alerts = after.filter(({ kind }) => kind === 'alerts');
      assert.equal(distinct(alerts).length, TEAM);
      const firstSample = after.findIndex(({ kind }) => kind === 'samples');
      assert.ok(after.slice(0, firstSample).filter(({ kind }) => kind === 'alerts').length === TEAM, 'alerts first');

      // What was stored in the last moment of the run goes out with the next start.
      const last = scene.simulate('--athletes', athletes, '--duration', '1s', '--start', '2026-01-31T16:00:00Z');
      assert.equal((await last.ended()).code, 0);
      const stored = storedIds(scene.path('outbox.db'), 'simulator');
      await scene.subscriber.waitFor((messages) => distinct(recordsOf(messages)).length >= stored.size);
      assert.deepEqual(new Set(recordsOf(scene.subscriber.messages).map(({ id }) => id)), stored, 'every id arrives');
    }),
);
