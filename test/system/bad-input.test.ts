import assert from 'node:assert/strict';
import { chmod, mkdir } from 'node:fs/promises';
import test from 'node:test';
import { distinct, recordsOf } from '../fixtures/received.ts';
import { Scene } from '../fixtures/scene.ts';
import { type Ended, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { recordingPath, requires } from '../requirements.ts';

const GATEWAY = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }
`;

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
`;

async function checked(gateway: string, athletes: string): Promise<Ended> {
  return await TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', athletes);
    const ended = await sideline('check', '--config', await folder.file('gateway.yaml', gateway));
    return { ...ended, stderr: ended.stderr.replaceAll(`${folder.path}/`, '') };
  });
}

test('a good configuration is said to be good, and checking it makes nothing', async () => {
  await TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', ATHLETES);
    const config = await folder.file('gateway.yaml', GATEWAY);
    const before = await folder.names();
    const { code, stdout, stderr } = await sideline('check', '--config', config);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /good: gateway pitch-3, uplink mqtt/);
    assert.match(stdout, /good: 1 athlete, 1 rule, version [0-9a-f]{12}\n/);
    assert.deepEqual(await folder.names(), before);
  });
});

test('checking finds a day that is yet to come, and nothing that starts a gateway or asks it does', async () => {
  await TemporaryFolder.with(async (folder) => {
    const rule = '{ kind: return-to-play, stage: 1, stage_1: 100, set_by: A. Weber, set_on: 2999-01-31 }';
    await folder.file('athletes.yaml', `${ATHLETES}    rules: { stages: ${rule} }\n`);
    const config = await folder.file('gateway.yaml', GATEWAY);
    const checked = await sideline('check', '--config', config);
    assert.equal(checked.code, 78);
    assert.match(
      checked.stderr,
      /athletes\.yaml:7:96: "set_on" in rule "stages" of athlete "7" is 2999-01-31, which is yet/,
    );
    // There is no gateway to ask, which is not for what is in its files.
    assert.equal((await sideline('status', '--config', config)).code, 1);
  });
});

test('checking says whose limits rest on an estimate, and on which of their rules', async () => {
  const rules =
    '    rules: { high: { kind: sustained, above: 85 % max, for: 30s }, low: { kind: sustained, below: 40, for: 30s } }\n';
  const { code, stdout } = await checked(
    GATEWAY,
    `athletes:
  - id: "7"
    strap: { name: A }
    age: 21
${rules}  - id: "8"
    strap: { name: B }
    heart_rate: { max: 196 }
${rules}`,
  );
  assert.equal(code, 0);
  assert.match(stdout, /athlete "7": estimated, not measured: the maximum heart rate that high rests on\n$/);
  assert.doesNotMatch(stdout, /"8"/);
});

test('unknown keys, two athletes with one id and two with one strap are told together, each with its place', async () => {
  const { code, stdout, stderr } = await checked(
    GATEWAY.replace('store: { path: outbox.db }', 'store: { path: outbox.db, max_sise: 2GB }'),
    `${ATHLETES}  - id: "7"\n    strap: { address: "A09E1A000007" }\n    rules: { high-average: { abov: 165 } }\n`,
  );
  assert.equal(code, 78);
  assert.equal(stdout, '');
  assert.deepEqual(
    stderr
      .trim()
      .split('\n')
      .map((line) => line.split(': ')[0]),
    ['athletes.yaml:7:9', 'athletes.yaml:8:23', 'athletes.yaml:9:30', 'gateway.yaml:3:27'],
    stderr,
  );
  assert.match(stderr, /unknown key "max_sise" in "store"; did you mean "max_size"\?/);
  assert.match(stderr, /unknown key "abov".*did you mean "above"\?/);
});

test('the problems can be had as JSON', async () => {
  await TemporaryFolder.with(async (folder) => {
    const config = await folder.file('gateway.yaml', 'gateway: pitch-3\n');
    const { code, stdout } = await sideline('check', '--json', '--config', config);
    assert.equal(code, 78);
    const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: { line: number; what: string }[] };
    assert.equal(ok, false);
    assert.ok(problems.length >= 3 && problems.every(({ line, what }) => line === 1 && what.length > 0));
  });
});

test('the daemon does not start on an invalid configuration, and says with its code not to try again', async () => {
  await TemporaryFolder.with(async (folder) => {
    const ended = await sideline('run', '--config', await folder.file('gateway.yaml', 'gateway: [unclosed\n'));
    assert.equal(ended.code, 78);
    assert.match(ended.stderr, /gateway\.yaml:\d+:\d+: /);
    const missing = await sideline('run', '--config', `${folder.path}/none.yaml`);
    assert.equal(missing.code, 78);
    assert.match(missing.stderr, /none\.yaml/);
  });
});

test('a private key that cannot be read is a problem at its line, and one that may come by itself is waited for', async () => {
  await TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', ATHLETES);
    await folder.file('cert.pem', 'x');
    await mkdir(`${folder.path}/folder.pem`);
    const uplink = (key: string) =>
      `${GATEWAY.split('uplink')[0]}uplink:\n  kind: aws-iot\n  endpoint: x-ats.iot.eu-west-1.amazonaws.com\n  certificate: cert.pem\n  private_key: ${key}\n`;
    const keys: [name: string, code: number][] = [
      ['none.pem', 1],
      ['folder.pem', 78],
    ];
    // Root may read everything, so the third case exists for others only.
    if (process.getuid?.() !== 0) {
      await chmod(await folder.file('locked.pem', 'x'), 0o000);
      keys.push(['locked.pem', 1]);
    }
    for (const [key, code] of keys) {
      const config = await folder.file('gateway.yaml', uplink(key));
      const ended = await sideline('run', '--config', config);
      assert.equal(ended.code, code, ended.stderr);
      assert.equal((await sideline('check', '--config', config)).code, 78);
      assert.match(ended.stderr, new RegExp(`gateway\\.yaml:8:16: cannot read.*${key}`));
    }
  });
});

test('an athletes file on a disk that is not there yet is waited for, and a mistake beside it is not', async () => {
  await TemporaryFolder.with(async (folder) => {
    const late = GATEWAY.replace('athletes.yaml', 'stick/athletes.yaml');
    const ended = await sideline('run', '--config', await folder.file('gateway.yaml', late));
    assert.deepEqual([ended.code, ended.stdout], [1, '']);
    assert.match(
      ended.stderr,
      /gateway\.yaml:2:11: cannot read athletes file .*stick\/athletes\.yaml \(no such file\)/,
    );
    const wrong = await folder.file('gateway.yaml', `${late}upplink: {}\n`);
    assert.equal((await sideline('run', '--config', wrong)).code, 78);
  });
});

test('a certificate that is none stops the daemon before it begins, with the code of a configuration', async () => {
  await TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', ATHLETES);
    await folder.file('rubbish.pem', 'rubbish');
    const uplink = '{ kind: aws-iot, endpoint: localhost, certificate: rubbish.pem, private_key: rubbish.pem }';
    const config = await folder.file('gateway.yaml', `${GATEWAY.split('uplink')[0]}uplink: ${uplink}\n`);
    const { code, stderr } = await sideline('run', '--config', config);
    assert.equal(code, 78);
    assert.match(stderr, /rubbish\.pem is not a PEM certificate.*give the file that begins with/);
  });
});

test('a gateway without Bluetooth and without a broker runs, says both, and stops when asked', async () => {
  await TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', ATHLETES);
    const config = await folder.file('gateway.yaml', GATEWAY);
    const gateway = folder.start('run', '--config', config);
    const { reason, retryInMs } = await gateway.loggedEvent('uplink.disconnected');
    assert.match(String(reason), /ECONNREFUSED/);
    assert.ok(Number(retryInMs) >= 0);
    await gateway.loggedEvent('gateway.started');
    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended();
    assert.equal(code, 0, stderr);
    assert.ok((await folder.names()).includes('outbox.db'));
  });
});

test(
  'more readings at one instant than the queue holds are counted in the ledger, and none is lost without a word',
  requires('mosquitto'),
  () =>
    Scene.with(async (scene) => {
      const rows = Array.from(
        { length: 300 },
        (_, i) => `2026-01-31T15:00:${i < 150 ? '05' : '10'}.000Z,${100 + (i % 50)},`,
      );
      const recording = await scene.file('burst.csv', `time,bpm,rr_ms\n${rows.join('\n')}\n`);
      const { code, stderr } = await scene
        .simulate('--recording', recording, '--speed', '100', '--queue', '40')
        .ended();
      assert.equal(code, 0, stderr);
      const records = () => distinct(recordsOf(scene.subscriber.messages));
      await scene.subscriber.waitFor(() => records().filter(({ kind }) => kind === 'gaps').length >= 2);
      const gaps = records().filter(({ kind, body }) => kind === 'gaps' && body['count'] !== undefined);
      assert.deepEqual(
        gaps.map(({ body }) => [body['cause'], body['count']]),
        [
          ['queue-overflow', 110],
          ['queue-overflow', 110],
        ],
      );
      assert.equal(records().filter(({ kind }) => kind === 'samples').length, 80);
    }),
);

test('wrong usage ends with 2 and says what was wrong', async () => {
  const wrong: [args: string[], message: RegExp][] = [
    [[], /Usage: sideline/],
    [['fly'], /unknown command 'fly'/],
    [['run'], /required option '--config <file>' not specified, and there is no \/etc\/sideline\/gateway\.yaml/],
    [['run', '--confg', 'x'], /unknown option '--confg'\n\(Did you mean --config\?\)/],
    [['simulate', '--speed', 'fast'], /Give a number above 0/],
    [['simulate', '--count', '0'], /Give a whole number from 1 to 200/],
    [['simulate', '--duration', '90'], /Give a number with its unit/],
    [['simulate', '--start', 'today'], /Give an instant in UTC/],
    [['simulate', '--start', '2026-02-30T00:00:00Z'], /Give an instant in UTC that exists/],
    [['simulate', '--start', '2026-01-31T24:00:00Z'], /Give an instant in UTC that exists/],
    [['simulate', '--athlete', '7'], /'--athlete <id>' needs '--recording <file>'/],
    [['simulate', '--count', '3', '--athletes', 'a.yaml'], /'--count <n>' cannot be used with option '--athletes/],
    [['simulate', '--count', '3', '--recording', 'a.csv'], /'--count <n>' cannot be used with option '--recording/],
    [['simulate', '--uplink', 'http://x'], /Give a broker as mqtt:\/\/host:port/],
    [['simulate', '--uplink', 'localhost'], /Give a broker as mqtt:\/\/host:port/],
    [['decode'], /missing required argument 'hex'/],
    [['decode', 'xyz'], /is not hexadecimal/],
    [['rehearse'], /required option/],
  ];
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await sideline(...args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
});

test('every command explains itself', async () => {
  for (const command of ['run', 'simulate', 'check', 'decode', 'rehearse']) {
    const { code, stdout, stderr } = await sideline(command, '--help');
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, new RegExp(`Usage: sideline ${command}`));
  }
});

test('decode prints the contract’s JSON, and malformed bytes end with 1 and the reason', async () => {
  const good = await sideline('decode', '164854', '01EC02');
  assert.deepEqual([good.code, good.stderr], [0, '']);
  assert.equal(good.stdout, '{"bpm":72,"contact":"detected","energyKj":null,"rrMs":[332.03125,730.46875]}\n');
  const bad = await sideline('decode', '16485401EC');
  assert.deepEqual([bad.code, bad.stdout], [1, '']);
  assert.match(bad.stderr, /malformed heart-rate measurement: an odd byte at the end, byte 4/);
});

test('a rehearsal of somebody or something that is not there says so', requires('recordings'), async () => {
  await TemporaryFolder.with(async (folder) => {
    const athletes = await folder.file('athletes.yaml', ATHLETES);
    const recording = recordingPath('exercise_rri.hrm');
    const nobody = await sideline('rehearse', '--athletes', athletes, '--recording', recording, '--athlete', '9');
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /no athlete "9".*there are: 7/);
    const nothing = await sideline(
      'rehearse',
      '--athletes',
      athletes,
      '--recording',
      `${folder.path}/none.hrm`,
      '--athlete',
      '7',
    );
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /none\.hrm: cannot be read \(no such file\); correct the path/);
    const other = await sideline('rehearse', '--athletes', athletes, '--recording', athletes, '--athlete', '7');
    assert.equal(other.code, 1);
    assert.match(other.stderr, /give a file that ends in \.csv, \.hrm or \.fit/);
  });
});
