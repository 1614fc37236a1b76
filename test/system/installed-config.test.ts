import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { type Ended, SidelineProcess } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const ATHLETES = `defaults: { rules: { any: { kind: average, window: 10s, above: 30 } } }
athletes:
  - { id: "7", strap: { address: "a0:9e:1a:00:00:07" } }
`;

const GATEWAY = `gateway: pitch-3
athletes: athletes.yaml
store: { path: ../outbox.db }
radio: { adapters: ["h4:unix:/none/such"] }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1", username: gateway, password: "\${TOUCHLINE_PASSWORD}" }
`;

/** A machine with a folder in place of /etc/sideline, with these files in it. */
async function withInstalled(
  files: Readonly<Record<string, string>>,
  body: (sideline: (...args: string[]) => Promise<Ended>, etc: string) => Promise<void>,
): Promise<void> {
  await TemporaryFolder.with(async (folder) => {
    const etc = join(folder.path, 'etc');
    const run = join(folder.path, 'run');
    await Promise.all([etc, run].map((path) => mkdir(path)));
    for (const [name, text] of Object.entries(files)) await folder.file(`etc/${name}`, text);
    const env = { CONFIGURATION_DIRECTORY: etc, RUNTIME_DIRECTORY: run, TMPDIR: folder.path };
    await body((...args) => new SidelineProcess(args, { cwd: folder.path, env }).ended(), etc);
  });
}

const INSTALLED = {
  'gateway.yaml': GATEWAY,
  'athletes.yaml': ATHLETES,
  environment: 'TOUCHLINE_PASSWORD=onside\n',
};

interface Finding {
  readonly check: string;
  readonly about?: string;
  readonly verdict: string;
}

const configurationIn = ({ stdout }: Ended): Finding | undefined =>
  (JSON.parse(stdout) as { findings: Finding[] }).findings.find(({ check }) => check === 'configuration');

test('without --config the doctor looks at the installed configuration, as the service has it', () =>
  withInstalled(INSTALLED, async (sideline, etc) => {
    const found = configurationIn(await sideline('doctor', '--json'));
    assert.deepEqual([found?.verdict, found?.about], ['ok', join(etc, 'gateway.yaml')]);
  }));

test('where nothing is installed, the doctor looks at what needs no configuration', () =>
  withInstalled({}, async (sideline, etc) => {
    assert.equal(configurationIn(await sideline('doctor', '--json'))?.verdict, 'skipped');
    const roll = await sideline('doctor', '--athletes');
    assert.equal(roll.code, 2);
    assert.ok(roll.stderr.includes(`needs --config FILE, since there is no ${join(etc, 'gateway.yaml')}`), roll.stderr);
  }));

test('without --config a scan listens with the installed adapters, and one that is named goes before them', () =>
  withInstalled(INSTALLED, async (sideline) => {
    const installed = await sideline('scan', '--duration', '1s');
    assert.equal(installed.code, 1);
    assert.match(installed.stderr, /^sideline: h4:unix:\/none\/such: no Bluetooth controller/);
    const named = await sideline('scan', '--duration', '1s', '--adapter', 'h4:unix:/none/other');
    assert.match(named.stderr, /^sideline: h4:unix:\/none\/other: /);
  }));

test('a mistake in the installed configuration is told at its place, and nothing is listened for', () =>
  withInstalled({ 'gateway.yaml': 'gateway: pitch-3\nnonsense: 1\n' }, async (sideline, etc) => {
    const { code, stderr } = await sideline('scan', '--duration', '1s');
    assert.equal(code, 78);
    assert.ok(stderr.includes(`${join(etc, 'gateway.yaml')}:2:1`), stderr);
  }));
