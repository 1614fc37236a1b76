import assert from 'node:assert/strict';
import test from 'node:test';
import { sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const GATEWAY = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }
responses:
  siren: { kind: command, command: [/nowhere/siren] }
  office: { kind: webhook, url: "https://127.0.0.1:1/", secret: whsec_${'A'.repeat(44)}, ca: none.pem }
  board: { kind: topic, url: "mqtts://127.0.0.1:1", topic: a, ca: none.pem }
  lamp: { kind: command, command: [/bin/true] }
webhook_hosts: ["127.0.0.1:1"]
allow_commands: true
`;

const ATHLETES = `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { high-average: { kind: average, window: 60s, above: 120 } }
`;

test('a siren that is not installed and certificates that are not there are told, and the gateway begins', async () => {
  await TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', ATHLETES);
    const config = await folder.file('gateway.yaml', GATEWAY);
    const checked = await sideline('check', '--config', config);
    assert.equal(checked.code, 78);
    const places = checked.stderr.matchAll(/gateway\.yaml:(\d+):\d+: cannot/g);
    assert.deepEqual(
      [...places].map(([, line]) => line),
      ['6', '7', '8'],
    );

    const gateway = folder.start('run', '--config', config);
    await gateway.loggedEvent('gateway.started');
    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended();
    assert.equal(code, 0, stderr);
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line.replace(/^<\d>/, '')) as Record<string, unknown>);
    const unready = events.filter(({ event }) => event === 'response.unready');
    assert.deepEqual(
      unready.map(({ level, response }) => [level, response]),
      [
        ['error', 'siren'],
        ['error', 'office'],
        ['error', 'board'],
      ],
    );
    assert.match(String(unready[0]?.['reason']), /gateway\.yaml:6:\d+: cannot run "\/nowhere\/siren" \(no such file\)/);
  });
});
