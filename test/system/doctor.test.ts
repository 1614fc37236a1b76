import assert from 'node:assert/strict';
import test from 'node:test';
import { CHECK_GROUPS } from '../../src/doctor/checks.ts';
import { type Ended, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';
import { VirtualRadio } from '../virtual-radio/virtual-radio.ts';

interface Told {
  readonly group: string;
  readonly check: string;
  readonly about?: string;
  readonly verdict: string;
  readonly evidence: string;
  readonly remedy?: string;
}

function findingsIn({ stdout }: Ended): { readonly ok: boolean; readonly findings: readonly Told[] } {
  return JSON.parse(stdout) as { ok: boolean; findings: Told[] };
}

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
athletes:
  - id: "7"
    name: Onyx Canary
    strap: { address: "c0:9e:1a:00:00:07" }
`;

const needs = requires('btvirt', 'cc');

test('doctor finds a controller that answers good and a dead one failed, each told with its adapter', needs, () =>
  VirtualRadio.with(async (radio) => {
    const { address } = await radio.addAdapter();
    const good = await sideline('doctor', '--adapter', address, '--json');
    const { ok, findings } = findingsIn(good);
    assert.deepEqual([good.code, good.stderr], [ok ? 0 : 1, '']);
    assert.deepEqual(
      findings
        .filter(({ group, verdict }) => group === 'Bluetooth' && verdict !== 'skipped')
        .map(({ check, about, verdict }) => [check, about, verdict]),
      [['bluetooth-controller', address, 'ok']],
    );
    const dead = 'h4:unix:/none/such';
    const bad = await sideline('doctor', '--adapter', address, dead, '--json');
    assert.equal(bad.code, 1);
    assert.deepEqual(
      findingsIn(bad)
        .findings.filter(({ check }) => check === 'bluetooth-controller')
        .map(({ about, verdict, remedy }) => [about, verdict, remedy !== undefined]),
      [
        [address, 'ok', false],
        [dead, 'failed', true],
      ],
    );
    const text = await sideline('doctor', '--adapter', address, dead);
    assert.equal(text.code, 1);
    assert.match(text.stdout, /^ {2}✔ bluetooth-controller {2,}h4:unix:.*: it answers as [0-9a-f:]{17}$/m);
    assert.match(text.stdout, /^✖ FAILED {3}bluetooth-controller: .*\/none\/such.*\n {11}→ start what offers/m);
    assert.match(text.stdout, /\n1 failed.*; \d+ good, \d+ not judged\n$/);
    assert.ok(!text.stdout.includes('\u001b'), 'no colour where there is no terminal');
  }),
);

test('doctor leaves a controller alone that a running gateway uses', needs, () =>
  VirtualRadio.with((radio) =>
    TemporaryFolder.with(async (folder) => {
      const adapter = await radio.addAdapter();
      const [strap] = await radio.addStraps([{ name: 'Polar H10 00000007', address: 'c0:9e:1a:00:00:07' }]);
      await folder.file('athletes.yaml', ATHLETES);
      const config = await folder.file(
        'gateway.yaml',
        `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
radio: { adapters: ["${adapter.address}"] }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1", username: pitch-3, password: canary-of-a-secret }
`,
      );
      const gateway = folder.start('run', '--config', config);
      await strap.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
      const ended = await sideline('doctor', '--config', config, '--json');
      const { findings } = findingsIn(ended);
      const found = findings.find(({ check }) => check === 'bluetooth-controller');
      assert.match(found?.evidence ?? '', /^a gateway uses it now, by process \d+, links: 1$/);
      for (const check of ['store-use', 'store-damage', 'store-access', 'gateway-version']) {
        const { verdict, evidence } = findings.find((each) => each.check === check) ?? {};
        assert.equal(verdict, 'ok', `${check}: ${evidence}`);
      }
      assert.doesNotMatch(ended.stdout, /canary/i, 'neither names nor secrets are told');
      assert.equal(adapter.hosts, 1);
      assert.ok(strap.isSubscribed);
      gateway.kill('SIGTERM');
      await gateway.ended();
    }),
  ),
);

test('whatever this machine has, doctor says of every check what it found, and what to do where it failed', async () => {
  const ended = await sideline('doctor', '--json');
  const { ok, findings } = findingsIn(ended);
  assert.equal(ended.code, ok ? 0 : 1);
  assert.equal(ended.stderr, '');
  assert.deepEqual(
    [...new Set(findings.map(({ group, check }) => `${group}: ${check}`))],
    CHECK_GROUPS.flatMap(({ title, checks }) => checks.map(({ name }) => `${title}: ${name}`)),
  );
  for (const { check, verdict, evidence, remedy } of findings) {
    assert.notEqual(evidence, '', check);
    assert.equal(remedy !== undefined, verdict === 'failed' || verdict === 'warning', check);
  }
});

test('doctor needs a configuration that is good', async () => {
  assert.equal((await sideline('doctor', '--config', '/none/such.yaml')).code, 78);
  assert.equal((await sideline('doctor', '--nonsense')).code, 2);
});
