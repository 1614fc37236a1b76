import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { distinct, recordsOf, storedIds } from '../fixtures/received.ts';
import { Scene } from '../fixtures/scene.ts';
import { requires } from '../requirements.ts';

const ROUNDS = 10;
const START_MS = Date.parse('2026-01-31T15:00:00Z');
/** Simulated time between two starts, more than a round lasts. */
const ROUND_MS = 1_800_000;

const ATHLETES = `
defaults:
  rules:
    high: { kind: average, window: 10s, above: 90 }
athletes:
${Array.from({ length: 8 }, (_, i) => `  - { id: "${i + 1}", strap: { address: "a0:9e:1a:00:00:0${i + 1}" } }`).join('\n')}
`;

test(
  'killed ten times with SIGKILL, the gateway delivers all that it stored, and no id stands for two records',
  requires('mosquitto'),
  () =>
    Scene.with(async (scene) => {
      const athletes = await scene.file('athletes.yaml', ATHLETES);
      const startOf = (round: number) => new Date(START_MS + round * ROUND_MS).toISOString();
      for (let round = 0; round < ROUNDS; round++) {
        const before = scene.subscriber.messages.length;
        const gateway = scene.simulate(
          '--athletes',
          athletes,
          '--seed',
          String(round),
          '--speed',
          '60',
          '--start',
          startOf(round),
        );
        await scene.subscriber.waitFor((messages) => messages.length > before + 2);
        // Any instant will do; these are spread over more than a group commit.
        await sleep(37 * round);
        gateway.kill('SIGKILL');
        assert.equal((await gateway.ended()).signal, 'SIGKILL');
      }
      const last = scene.simulate(
        '--athletes',
        athletes,
        '--speed',
        '60',
        '--start',
        startOf(ROUNDS),
        '--duration',
        '2m',
      );
      const { code, stderr } = await last.ended();
      assert.equal(code, 0, stderr);

      const stored = storedIds(scene.path('outbox.db'), 'simulator');
      await scene.subscriber.waitFor((messages) => distinct(recordsOf(messages)).length >= stored.size);
      const received = recordsOf(scene.subscriber.messages);
      const records = distinct(received);
      assert.deepEqual(new Set(records.map(({ id }) => id)), stored);
      assert.ok(stored.size > ROUNDS * 20, `${stored.size} records`);

      for (const kind of ['samples', 'alerts']) {
        for (const athlete of new Set(records.map((record) => record.athlete))) {
          const seqs = records
            .filter((record) => record.kind === kind && record.athlete === athlete)
            .map(({ seq }) => seq);
          assert.deepEqual(
            seqs,
            [...seqs].sort((a, b) => a - b),
            `${kind} of athlete ${athlete} in order`,
          );
        }
      }
      for (const athlete of new Set(records.map((record) => record.athlete))) {
        const events = records.filter((record) => record.kind === 'alerts' && record.athlete === athlete);
        assert.deepEqual(
          events.map(({ body }) => body['event']),
          events.map((_, i) => (i % 2 === 0 ? 'raised' : 'cleared')),
          'an open alert is open after a kill, and not raised again',
        );
      }
      const gaps = records.filter(({ kind }) => kind === 'gaps').map(({ body }) => body['cause']);
      assert.ok(
        gaps.filter((cause) => cause === 'gateway-stopped').length >= ROUNDS,
        'the time between is in the ledger',
      );
    }),
);

test('every signal that asks to stop is obeyed in time, with everything stored', requires('mosquitto'), () =>
  Scene.with(async (scene) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const before = scene.subscriber.messages.length;
      const gateway = scene.simulate('--speed', '20', '--start', '2026-01-31T15:00:00Z');
      await scene.subscriber.waitFor((messages) => messages.length > before + 2);
      gateway.kill(signal);
      const { code, stderr } = await gateway.ended();
      // A stop that took longer than its deadline is ended by the program itself, with exit code 1.
      assert.equal(code, 0, stderr);
      assert.equal(gateway.log.at(-1)?.event, 'gateway.stopped');
    }
    const stored = storedIds(scene.path('outbox.db'), 'simulator');
    assert.deepEqual(new Set(recordsOf(scene.subscriber.messages).map(({ id }) => id)), stored);
  }),
);

test('a gateway stops in time while its broker does not answer', requires('mosquitto'), () =>
  Scene.with(async (scene) => {
    const gateway = scene.simulate('--speed', '20');
    await scene.subscriber.waitFor((messages) => messages.length > 2);
    scene.broker.freeze();
    await sleep(500);
    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended();
    assert.equal(code, 0, stderr);
  }),
);

test('a second gateway on the same store is refused, and the first goes on', requires('mosquitto'), () =>
  Scene.with(async (scene) => {
    const first = scene.simulate('--speed', '10');
    await first.loggedEvent('gateway.started');
    const second = await scene.simulate().ended();
    assert.equal(second.code, 1);
    assert.equal(
      second.stderr.trim(),
      `sideline: the store ${scene.path('outbox.db')} is in use by another process; stop the other gateway, or give this one a store of its own`,
    );
    const before = scene.subscriber.messages.length;
    await scene.subscriber.waitFor((messages) => messages.length > before + 2);
    first.kill('SIGTERM');
    assert.equal((await first.ended()).code, 0);
  }),
);
