import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { writeArchive } from '../../../src/doctor/bundle/archive.ts';
import { bundleParts } from '../../../src/doctor/bundle/contents.ts';
import { configurationVerdicts } from '../../../src/doctor/configuration.ts';
import { readConfiguration } from '../../../src/doctor/configuration-files.ts';
import type { GatewayAnswer } from '../../../src/doctor/finding.ts';
import { isOperatingError } from '../../../src/domain/errors.ts';
import { statusDocument } from '../../fixtures/status-document.ts';
import { TemporaryFolder } from '../../fixtures/temporary-folder.ts';

const run = promisify(execFile);

function webhookSecret(text: string): string {
  return `whsec_${Buffer.from(text).toString('base64')}`;
}

/** What must not be in a bundle, wherever it comes from. */
const CANARIES = {
  name: 'Canary-Nightingale',
  note: 'canary-note-sat-down',
  person: 'canary-physio',
  setBy: 'Canary-Weber',
  password: 'canary-password',
  secret: webhookSecret('canary in the gateway’s file itself'),
  environment: webhookSecret('canary in the environment'),
  service: 'canary-of-the-service',
  user: 'canary-user',
  host: 'canary-host.example.org',
  endpoint: 'canary1account2-ats',
  topic: 'canary-topic',
  path: 'canary-home',
  file: 'canary-key-file',
  key: 'canaryPrivateKeyMaterial',
  strapName: 'Canary H10 1234ABCD',
  address: 'c0:9e:1a:ca:fe:07',
  strap: 'c09e1acafe07',
  serial: 'canary-serial',
  command: 'canary-argument',
  heartRate: '187.25',
  bpm: '193 bpm',
  maximum: '213',
  mail: 'canary@club.example',
  unknownKey: 'canary-unknown-key',
  stage: 'set_on: 2026',
} as const;

const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----\n${CANARIES.key}\n-----END PRIVATE KEY-----`;

const GATEWAY = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db, max_size: 2GB }
uplink:
  kind: mqtt
  url: "mqtts://${CANARIES.host}:8883"
  username: ${CANARIES.user}
  password: ${CANARIES.password}
  certificate: ${CANARIES.file}.crt
  private_key: ${CANARIES.file}
  topic_prefix: ${CANARIES.topic}
mirror:
  kind: aws-iot
  endpoint: ${CANARIES.endpoint}.iot.eu-west-1.amazonaws.com
  certificate: ${CANARIES.file}.crt
  private_key: ${CANARIES.file}
responses:
  office: { kind: webhook, url: "https://${CANARIES.host}/hook", secret: "\${OFFICE_SECRET}" }
  other: { kind: webhook, url: "https://${CANARIES.host}/hook", secret: ${CANARIES.secret} }
  siren: { kind: command, command: [/bin/true, ${CANARIES.command}] }
webhook_hosts: [${CANARIES.host}]
allow_commands: true
`;

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
athletes:
  - id: "7"
    name: ${CANARIES.name}
    strap: { address: "${CANARIES.address}" }
    heart_rate: { max: ${CANARIES.maximum}, treadmill_threshold: 172 }
    rules:
      high-average: { above: 85 % max }
      stages: { kind: return-to-play, set_by: ${CANARIES.setBy}, set_on: 2026-01-31, stage: 2, stage_1: 100, stage_2: 70 % max, stage_3: 90 % treadmill }
  - { id: "8", name: Ann ${CANARIES.name}, strap: { name: "${CANARIES.strapName}" } }
  - { id: "9", strap: { serial: ${CANARIES.serial} } }
`;

/** What only a bad athletes file has said, so that nobody knows it for a name: it was never read whole. */
const QUOTED = { id: 'F. Canary-Lark', key: 'canary-lark', text: 'Canary-Wren' } as const;

const JOURNAL = [
  `2026-11-27T21:00:00+0000 sideline[7]: {"level":"warn","event":"signal.no-signal","athlete":"7","strap":"${CANARIES.strap}","msg":"no reading of ${CANARIES.name}"}`,
  `2026-11-27T21:00:01+0000 sideline[7]: {"level":"info","event":"x","note":"${CANARIES.note}","value":${CANARIES.heartRate},"msg":"at ${CANARIES.bpm}"}`,
  `2026-11-27T21:00:02+0000 sideline[7]: Error: no way to ${CANARIES.host} (192.168.7.13) with ${CANARIES.environment.slice('whsec_'.length)}`,
  `2026-11-27T21:00:03+0000 sideline[7]: mqtt://someone:${CANARIES.password}@192.168.7.13:1883 as ${CANARIES.mail}`,
  `2026-11-27T21:00:04+0000 sideline[7]: cannot read /home/${CANARIES.path}/${CANARIES.file}`,
  `2026-11-27T21:00:08+0000 sideline[7]: with ${CANARIES.service}`,
  `2026-11-27T21:00:05+0000 sideline[7]: strap ${CANARIES.address} is ${CANARIES.strapName}`,
  `2026-11-27T21:00:06+0000 sideline[7]: ${PRIVATE_KEY.replaceAll('\n', ' ')}`,
  '2026-11-27T21:00:07+0000 systemd[1]: sideline-radio@hci0.service: Failed with result.',
  `2026-11-27T21:00:09+0000 sideline[9]: /etc/sideline/athletes.yaml:4:9: "id" of athlete "${QUOTED.id}" cannot be; known here: ${QUOTED.key}`,
  `2026-11-27T21:00:10+0000 sideline[9]: TypeError: "${QUOTED.text}" is not iterable`,
  `2026-11-27T21:00:11+0000 sideline[9]: SyntaxError: unexpected "${QUOTED.text}`,
];

const RUNNING: GatewayAnswer = {
  state: 'answered',
  status: statusDocument({
    athletes: [
      {
        id: '7',
        signal: 'live',
        openAlerts: ['high-average'],
        alerts: [
          {
            rule: 'high-average',
            severity: 'warning',
            acknowledged: true,
            acknowledgedBy: CANARIES.person,
            note: CANARIES.note,
          },
        ],
      },
    ],
    uplinks: [{ name: `mqtts://${CANARIES.host}:8883`, connected: false }],
  }),
};

async function script(folder: TemporaryFolder, name: string, output: string): Promise<void> {
  const text = await folder.file(`${name}.txt`, output);
  await chmod(await folder.file(`bin/${name}`, `#!/bin/sh\ncat ${text}\n`), 0o755);
}

async function surroundings(folder: TemporaryFolder, files: { gateway?: string; athletes?: string } = {}) {
  await mkdir(join(folder.path, 'bin'));
  await script(folder, 'journalctl', `${JOURNAL.join('\n')}\n`);
  await script(folder, 'systemctl', 'Id=sideline.service\nActiveState=active\n');
  await folder.file(CANARIES.file, PRIVATE_KEY);
  await folder.file(`${CANARIES.file}.crt`, 'no certificate');
  await folder.file('environment', `MQTT_PASSWORD=${CANARIES.service}\n`);
  await folder.file('athletes.yaml', files.athletes ?? ATHLETES);
  const path = await folder.file('gateway.yaml', files.gateway ?? GATEWAY);
  const env = {
    ...process.env,
    PATH: `${folder.path}/bin:${process.env['PATH']}`,
    OFFICE_SECRET: CANARIES.environment,
  };
  const configuration = readConfiguration(path, env, Date.now());
  const findings = [
    ...configurationVerdicts(configuration).map((verdict) => ({
      group: 'Configuration',
      check: 'configuration',
      ...verdict,
    })),
    {
      group: 'Network',
      check: 'uplink',
      about: 'uplink',
      verdict: 'failed',
      evidence: `TCP: ${CANARIES.host} refuses connections; see /home/${CANARIES.path}/x`,
      remedy: 'correct the port',
    } as const,
  ];
  const storeCheck = `no store at /home/${CANARIES.path}/outbox.db`;
  return { path, env, variables: env, configuration, findings, storeCheck };
}

/** All that is in the archive, by name, as whoever gets it has it. */
async function unpacked(path: string, into: string): Promise<Map<string, string>> {
  await mkdir(into);
  await run('tar', ['-xzf', path, '-C', into]);
  const [folder, ...others] = await readdir(into);
  assert.deepEqual([folder, others], ['sideline-doctor', []]);
  const names = await readdir(join(into, 'sideline-doctor'));
  const texts = names.map(async (name) => [name, await readFile(join(into, 'sideline-doctor', name), 'utf8')] as const);
  return new Map(await Promise.all(texts));
}

async function bundled(folder: TemporaryFolder, files: { gateway?: string; athletes?: string } = {}) {
  const sources = await surroundings(folder, files);
  const parts = await bundleParts({ ...sources, gateway: RUNNING, versions: { sideline: '0.1.0' } });
  const path = join(folder.path, 'bundle.tar.gz');
  await writeArchive(path, parts);
  return { path, parts, texts: await unpacked(path, join(folder.path, 'unpacked')) };
}

function assertNoCanaries(texts: ReadonlyMap<string, string>): void {
  for (const [name, text] of texts) {
    for (const [what, canary] of Object.entries(CANARIES)) {
      const sought = canary.replace(/^whsec_/, '').toLowerCase();
      assert.ok(!text.toLowerCase().includes(sought), `${what} is in ${name}:\n${text}`);
    }
    assert.doesNotMatch(text, /canary/i, name);
    assert.doesNotMatch(text, /192\.168\./, name);
  }
}

test('no name, note, secret, address, path, key or heart rate is anywhere in a bundle', () =>
  TemporaryFolder.with(async (folder) => {
    const { texts } = await bundled(folder);
    assert.match(texts.get('findings.json') ?? '', /good: gateway pitch-3, 3 athletes/);
    assert.deepEqual([...texts.keys()].sort(), [
      'athletes.yaml',
      'findings.json',
      'gateway.yaml',
      'journal.txt',
      'status.json',
      'store.txt',
      'units.txt',
      'versions.json',
    ]);
    assertNoCanaries(texts);
    assert.doesNotMatch(texts.get('status.json') ?? '', /"(note|acknowledgedBy|snoozedBy)"/);
    assert.match(texts.get('athletes.yaml') ?? '', /^ +stage: \(removed\)$/m);
  }));

test('what helps whoever looks at it is there: structure, rules, states and log lines', () =>
  TemporaryFolder.with(async (folder) => {
    const { texts } = await bundled(folder);
    const gateway = texts.get('gateway.yaml') ?? '';
    assert.match(gateway, /^gateway: pitch-3$/m);
    assert.match(gateway, /^ {2}url: mqtts:\/\/…$/m);
    assert.match(gateway, /^ {2}endpoint: ….iot.eu-west-1.amazonaws.com$/m);
    assert.match(gateway, /^ {2}password: \(removed\)$/m);
    const athletes = texts.get('athletes.yaml') ?? '';
    assert.match(athletes, /above: 85 % max/);
    assert.match(athletes, /id: "7"/);
    const journal = texts.get('journal.txt') ?? '';
    assert.equal(journal.trim().split('\n').length, JOURNAL.length);
    assert.match(journal, /"event":"signal.no-signal","athlete":"7"/);
    assert.match(journal, /sideline-radio@hci0\.service: Failed/);
    assert.match(journal, /sideline\[9\]: \/etc\/sideline\/athletes\.yaml:4:9: …$/m);
    assert.match(journal, /TypeError: "…" is not iterable$/m);
    assert.match(texts.get('findings.json') ?? '', /TCP: … refuses connections/);
    assert.match(texts.get('status.json') ?? '', /"rule": "high-average"/);
    assert.match(texts.get('units.txt') ?? '', /ActiveState=active/);
  }));

test('files with mistakes in them are in a bundle too, and what the mistakes quote is not', () =>
  TemporaryFolder.with(async (folder) => {
    const athletes = ATHLETES.replace(
      'strap: { serial',
      `${CANARIES.unknownKey}: 1, strap: { name: "${CANARIES.name}", serial`,
    );
    const { texts } = await bundled(folder, {
      gateway: `${GATEWAY}${CANARIES.unknownKey}: ${CANARIES.secret}\n`,
      athletes,
    });
    assertNoCanaries(texts);
    const findings = texts.get('findings.json') ?? '';
    assert.match(findings, /unknown key \\"…\\"/);
    assert.match(texts.get('gateway.yaml') ?? '', /other keys removed/);
  }));

test('a file that is no YAML is left out, with everything that it says', () =>
  TemporaryFolder.with(async (folder) => {
    const { texts } = await bundled(folder, { athletes: `${ATHLETES}  - { id: "10", name: "${CANARIES.name}\n` });
    assert.doesNotMatch(texts.get('journal.txt') ?? '', /Lark|Wren/i);
    const { size } = texts;
    assert.ok(size > 0);
    for (const name of ['findings.json', 'athletes.yaml', 'gateway.yaml']) {
      assert.doesNotMatch(texts.get(name) ?? '', /canary/i, name);
    }
  }));

test('a bundle belongs to its user alone, and no other file is written over', () =>
  TemporaryFolder.with(async (folder) => {
    const { path, parts } = await bundled(folder);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const before = await readFile(path);
    await assert.rejects(writeArchive(path, parts), (error) => {
      assert.ok(isOperatingError(error, 'bundle-failed'));
      assert.match(error.message, /it is there already/);
      return true;
    });
    assert.deepEqual(await readFile(path), before);
    await assert.rejects(writeArchive('/none/such/bundle.tar.gz', parts), (error) => {
      return isOperatingError(error, 'bundle-failed') && error.remedy !== undefined;
    });
  }));

test('without systemd a bundle says so in the place of states and log', () =>
  TemporaryFolder.with(async (folder) => {
    const { env, ...sources } = await surroundings(folder);
    await writeFile(join(folder.path, 'bin', 'journalctl'), '#!/bin/sh\necho "no journal here" >&2; exit 1\n');
    const parts = await bundleParts({ ...sources, env, gateway: { state: 'none' }, versions: {} });
    assert.equal(parts.find(({ name }) => name === 'journal.txt')?.text, '(journalctl: no journal here)\n');
    assert.ok(!parts.some(({ name }) => name === 'status.json'));
  }));
