/** The whole program: from a strap beyond its limit to the topic, the receiver and the command that its files say. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Mosquitto } from '../../fixtures/mosquitto.ts';
import { Subscriber } from '../../fixtures/subscriber.ts';
import { TemporaryFolder } from '../../fixtures/temporary-folder.ts';
import { requires } from '../../requirements.ts';
import { alertIn, Receiver, takes } from '../../responses/webhook/receiver.ts';
import { SECRET } from '../../responses/webhook/webhook-rig.ts';
import { strapOf } from './straps.ts';
import { athleteOf, Touchline } from './touchline.ts';

const RULES = {
  high: { kind: 'sustained', for: '5s', above: 150, severity: 'critical' },
  quiet: { kind: 'sustained', for: '5s', above: 150, severity: 'critical', responses: [] },
  trial: { kind: 'sustained', for: '5s', above: 150, severity: 'critical', shadow: true, responses: ['board'] },
};

test(
  'an alert is published, posted, and has a command run, each once; after a restart all but the webhook say it again',
  { timeout: 240_000, ...requires('btvirt', 'cc', 'mosquitto') },
  () =>
    TemporaryFolder.with((folder) =>
      Receiver.with(takes, async (receiver) => {
        const broker = await Mosquitto.create();
        const subscriber = new Subscriber(broker.url);
        try {
          await broker.start();
          subscriber.start();
          await subscriber.subscribed();
          const calls = join(folder.path, 'calls');
          const gateway = {
            responses: {
              board: { kind: 'topic', url: broker.url, topic: 'touchline/alerts' },
              office: { kind: 'webhook', url: receiver.url.href, secret: SECRET },
              siren: {
                kind: 'command',
                // In one write, however long.
                command: ['/bin/sh', '-c', `/usr/bin/env > ${calls}.new; /bin/cat ${calls}.new >> ${calls}`],
                severity: 'critical',
              },
            },
            webhook_hosts: [receiver.url.host],
            allow_commands: true,
          };
          await Touchline.with(1, async (touchline) => {
            const [strap] = await touchline.radio.addStraps([
              strapOf(7, { hz: 2, heart: { kind: 'steady', bpm: 180 } }),
            ]);
            assert.ok(strap);
            const first = await touchline.run([strap], { gateway, rules: RULES });
            await receiver.until(({ length }) => length === 1);
            await subscriber.waitFor(({ length }) => length === 1);
            await called(calls, 1);
            await first.logged((log) => log.filter(({ event }) => event === 'response.done').length >= 2, 'both done');
            const raised = first.log.filter(({ event }) => event === 'alert.raised');
            assert.deepEqual(
              new Set(raised.map(({ rule, severity, level }) => `${rule} ${severity} ${level}`)),
              new Set(['high critical error', 'quiet critical error']),
            );
            first.kill('SIGTERM');
            const { code, stderr } = await first.ended();
            assert.equal(code, 0, stderr);
            assert.ok(!stderr.includes('s3cret') && !stderr.includes(SECRET));

            const second = await touchline.run([strap], { gateway, rules: RULES });
            await subscriber.waitFor(({ length }) => length === 2);
            await called(calls, 2);
            second.kill('SIGTERM');
            await second.ended();

            const [received, ...more] = receiver.received;
            assert.ok(received);
            assert.deepEqual(more, []);
            const { athlete, rule, event, alert } = alertIn(received);
            assert.deepEqual({ athlete, rule, event }, { athlete: athleteOf(strap), rule: 'high', event: 'raised' });
            for (const { payload } of subscriber.messages) {
              const told = JSON.parse(String(payload)) as Record<string, unknown>;
              assert.deepEqual(
                [told['gateway'], told['athlete'], told['rule'], told['event'], told['alert']],
                ['touchline', athlete, rule, event, alert],
              );
            }
            const environment = readFileSync(calls, 'utf8');
            assert.match(environment, /^SIDELINE_RULE=high$/m);
            assert.doesNotMatch(environment, /quiet|trial|XDG|HOME/);
          });
        } finally {
          await subscriber.stop();
          await broker.remove();
        }
      }),
    ),
);

async function called(path: string, times: number): Promise<void> {
  const count = () => readFileSync(path, 'utf8').split('SIDELINE_EVENT=raised').length - 1;
  while (!existsSync(path) || count() < times) await sleep(20);
}
