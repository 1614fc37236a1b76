import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { type Ended, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const GATEWAY = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }
`;

const ATHLETES = `presets:
  calm: { rules: { sprint: off } }
  spare: { rules: {} }
defaults:
  rules:
    high: { kind: average, window: 60s, above: 85 % max }
    sprint: { kind: sustained, above: 180, for: 30s }
teams: { u12: {}, u16: { use: [calm] } }
athletes:
  - { id: "3", name: J. Smith, strap: { name: A }, age: 20 }
  - { id: "7", strap: { name: B }, age: 20, team: u16 }
  - { id: "8", strap: { name: C }, age: 20 }
`;

/** As `sha256sum` begins. */
const VERSION = createHash('sha256').update(ATHLETES).digest('hex').slice(0, 12);

async function checked(...args: string[]): Promise<Ended> {
  return await TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', ATHLETES);
    const ended = await sideline('check', '--config', await folder.file('gateway.yaml', GATEWAY), ...args);
    // The file is shown from where the command was called.
    const plain = (text: string) => text.replaceAll(/[^\s"(]*\/(?=athletes\.yaml)/g, '');
    return { ...ended, stdout: plain(ended.stdout), stderr: plain(ended.stderr) };
  });
}

test('checking shows every athlete’s rules, and what is there for nobody', async () => {
  const { code, stdout, stderr } = await checked();
  assert.deepEqual([code, stderr], [0, '']);
  const [, ...lines] = stdout.split('\n');
  assert.equal(
    lines.join('\n'),
    `athletes.yaml: good: 3 athletes, 5 rules, version ${VERSION}

2 athletes: 3, 8
  high    average    window 60s, above 85 % max (164.9 estimated)
  sprint  sustained  above 180, for 30s

athlete 7 of team u16
  high    average  window 60s, above 85 % max (164.9 estimated)
  sprint  off

athletes.yaml: no athlete is in team "u12"
athletes.yaml: nothing uses preset "spare"
athletes.yaml: athletes "3", "7", "8": estimated, not measured: the maximum heart rate that high rests on
`,
  );
});

test('the rules of one athlete are explained with the line of each value', async () => {
  const { code, stdout, stderr } = await checked('--explain', '7');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^athlete 7 of team u16, athletes\.yaml:11\n/);
  assert.match(stdout, /\n {2}above {5}85 % max {2}athletes\.yaml:6 {2}defaults\n {12}= 164\.9 bpm/);
  assert.match(stdout, /\nsprint {6}off {7}athletes\.yaml:2 {2}preset calm\n$/);
});

test('the rules can be had as JSON, of all athletes or of one', async () => {
  const all = await checked('--json');
  assert.equal(all.code, 0);
  const { ok, problems, file, athletes } = JSON.parse(all.stdout);
  assert.deepEqual([ok, problems, file], [true, [], 'athletes.yaml']);
  assert.deepEqual(
    athletes.map(({ id }: { id: string }) => id),
    ['3', '7', '8'],
  );
  assert.doesNotMatch(all.stdout, /Smith/);
  const one = JSON.parse((await checked('--json', '--explain', '7')).stdout);
  assert.deepEqual(one.athletes, [athletes[1]]);
  assert.deepEqual(athletes[1].off, [{ name: 'sprint', from: { layer: 'preset', name: 'calm', line: 2 } }]);
});

test('an athlete who is not in the file cannot be explained', async () => {
  const { code, stdout, stderr } = await checked('--explain', '77');
  assert.deepEqual([code, stdout], [1, '']);
  assert.equal(stderr, 'sideline: no athlete "77" in athletes.yaml; there are: 3, 7, 8\n');
});

test('variables that only the service has are known to a check, from the file beside gateway.yaml, and not to a run', () =>
  TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', ATHLETES);
    await folder.file('environment', 'SIDELINE_ONLY_OF_THE_SERVICE=pitch-3\n');
    const text = GATEWAY.replace('pitch-3', `"\${SIDELINE_ONLY_OF_THE_SERVICE}"`);
    const config = await folder.file('gateway.yaml', text);
    const { code, stderr, stdout } = await sideline('check', '--config', config);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /good: gateway pitch-3/);
    const ran = await sideline('run', '--config', config);
    assert.equal(ran.code, 78);
    assert.match(ran.stderr, /the environment has no variable SIDELINE_ONLY_OF_THE_SERVICE/);
  }));
