import assert from 'node:assert/strict';
import test from 'node:test';
import { type Ended, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';
import { VirtualRadio } from '../virtual-radio/virtual-radio.ts';

const needs = requires('btvirt', 'cc');

const STRAPS = [
  { name: 'Polar H10 00000007', address: 'c0:9e:1a:00:00:07' },
  { name: 'Polar H10 00000008', address: 'c0:9e:1a:00:00:08' },
] as const;

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
athletes:
  - { id: "7", name: J. Smith, strap: { address: "c0:9e:1a:00:00:07" } }
  - { id: "8", strap: { name: "Polar H10 00000008" } }
`;

const NINTH = '  - { id: "9", name: A. Other, strap: { name: "Polar H10 00000009" } }\n';

async function configured(folder: TemporaryFolder, adapter: string, athletes = ATHLETES): Promise<string> {
  await folder.file('athletes.yaml', athletes);
  return await folder.file(
    'gateway.yaml',
    `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
radio: { adapters: ["${adapter}"] }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }
`,
  );
}

function told({ stdout }: Ended) {
  return JSON.parse(stdout) as {
    ok: boolean;
    source: string;
    athletes: readonly { athlete: string; there: boolean }[];
    missing: readonly string[];
  };
}

test(
  'without a gateway it listens, ends as soon as everybody is heard, and says who is missing when the time is over',
  needs,
  () =>
    VirtualRadio.with((radio) =>
      TemporaryFolder.with(async (folder) => {
        const adapter = await radio.addAdapter();
        await radio.addStraps(STRAPS);
        const config = await configured(folder, adapter.address);
        const all = await sideline('doctor', '--athletes', '--config', config, '--for', '1h', '--json');
        assert.deepEqual([all.code, all.stderr], [0, '']);
        assert.deepEqual([told(all).ok, told(all).source, told(all).missing], [true, 'scan', []]);
        assert.ok(!adapter.isScanning);

        const more = await configured(folder, adapter.address, ATHLETES + NINTH);
        const some = await sideline('doctor', '--athletes', '--config', more, '--for', '4s');
        assert.deepEqual([some.code, some.stderr], [1, '']);
        const lines = some.stdout.trim().split('\n');
        assert.equal(lines.at(-1), '2 of 3 athletes are there; missing: 9');
        for (const line of [/^✔ 7 {5}heard, -60 dBm$/, /^✔ 8 {5}heard, -60 dBm$/, /^✖ 9 {5}not heard yet$/]) {
          assert.ok(
            lines.some((each) => line.test(each)),
            `${line} is not in\n${some.stdout}`,
          );
        }
        assert.doesNotMatch(some.stdout, /Smith|Other/);
        assert.deepEqual(await folder.names(), ['athletes.yaml', 'gateway.yaml'], 'nothing is left behind');
      }),
    ),
);

test('a running gateway is asked, which has the links, and goes on undisturbed', needs, () =>
  VirtualRadio.with((radio) =>
    TemporaryFolder.with(async (folder) => {
      const adapter = await radio.addAdapter();
      const straps = await radio.addStraps(STRAPS);
      const config = await configured(folder, adapter.address, ATHLETES + NINTH);
      const gateway = folder.start('run', '--config', config);
      for (const strap of straps) await strap.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
      const ended = await sideline('doctor', '--athletes', '--config', config, '--for', '10s', '--json');
      assert.deepEqual([ended.code, ended.stderr], [1, '']);
      const { ok, source, athletes, missing } = told(ended);
      assert.deepEqual([ok, source, missing], [false, 'gateway', ['9']]);
      assert.deepEqual(
        athletes.map(({ athlete, there }) => [athlete, there]),
        [
          ['7', true],
          ['8', true],
          ['9', false],
        ],
      );
      assert.equal(adapter.hosts, 1);

      await configured(folder, adapter.address, `${ATHLETES}  - { id: "9", name: A. Other, strap: { adress: x } }\n`);
      const broken = await sideline('doctor', '--athletes', '--config', config, '--for', '1s');
      assert.equal(broken.code, 1);
      assert.match(broken.stderr, /^sideline: the athletes file has .*; see "sideline check"$/m);
      assert.doesNotMatch(broken.stdout, /all .* are there/);
      gateway.kill('SIGTERM');
      assert.equal((await gateway.ended()).code, 0);
    }),
  ),
);

test('an adapter that cannot be used ends it at once, with what to do', needs, () =>
  TemporaryFolder.with(async (folder) => {
    const config = await configured(folder, 'h4:unix:/none/such');
    const { code, stdout, stderr } = await sideline('doctor', '--athletes', '--config', config, '--for', '1h');
    assert.equal(code, 1);
    assert.match(stdout, /0 of 2 athletes are there; missing: 7, 8/);
    assert.match(stderr, /no Bluetooth controller at \/none\/such.*; "sideline doctor" says more/);
  }),
);

test('who the athletes are has to be said, and in a form that can be read', () =>
  TemporaryFolder.with(async (folder) => {
    assert.equal((await sideline('doctor', '--athletes')).code, 2);
    assert.equal((await sideline('doctor', '--athletes', '--for', '2 minutes')).code, 2);
    const config = await configured(folder, 'h4:unix:/none/such', 'athletes: []\n');
    assert.equal((await sideline('doctor', '--athletes', '--config', config)).code, 78);
  }));
