import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ATHLETES_EXAMPLE, GATEWAY_EXAMPLE, MIRROR_EXAMPLE, MQTT_EXAMPLE } from '../../src/config/examples.ts';
import { loadConfiguration, loadTeam } from '../../src/config/load.ts';
import { textOf } from '../../src/config/problem.ts';
import { ATHLETE, configFolder, GATEWAY_HEAD, loadedValue, problemTexts, TEAM_HEAD } from './config-folder.ts';

const UNPRIVILEGED = fileURLToPath(new URL('./unprivileged.ts', import.meta.url));
const GOOD_TEAM = TEAM_HEAD + ATHLETE;
const LOCAL_BROKER = 'uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }\n';

/** The two files as the design shows them. */
const DESIGN_GATEWAY = `gateway: pitch-3                 # client id and thing name
athletes: athletes.yaml
store: { path: /var/lib/sideline/outbox.db, max_size: 2GB }
radio:
  adapters: [hci0]               # also h4:unix:/path, h4:tcp:host:port, h4:/dev/ttyACM0
uplink:
  kind: aws-iot                  # or mqtt
  endpoint: xxxx-ats.iot.eu-west-1.amazonaws.com
  certificate: …
  private_key: …
# uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }
`;
const DESIGN_ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
    low-average:  { kind: average, window: 60s, below: 40 }
athletes:
  - id: "7"
    name: J. Smith               # stays on the gateway
    strap: { address: "a0:9e:1a:00:00:07" }   # or { name: "Polar H10 1234ABCD" } or { serial: "…" }
    rules:
      high-average: { above: 165 }             # only what differs from the defaults
`;

describe('a configuration', () => {
  test('as the design shows it loads', (t) => {
    const folder = configFolder(t, {
      // Not everybody who runs this test may write to /var/lib.
      'gateway.yaml': DESIGN_GATEWAY.replace('/var/lib/sideline/', ''),
      'athletes.yaml': DESIGN_ATHLETES,
      '…': 'x',
    });
    const { settings, team } = loadedValue(loadConfiguration(join(folder, 'gateway.yaml'), {}));
    assert.deepEqual(settings, {
      gateway: 'pitch-3',
      athletesFile: join(folder, 'athletes.yaml'),
      store: { path: join(folder, 'outbox.db'), maxBytes: 2_000_000_000, keepAroundMs: 300_000 },
      radio: { adapters: ['hci0'], linksPerAdapter: 7 },
      uplink: {
        kind: 'aws-iot',
        endpoint: 'xxxx-ats.iot.eu-west-1.amazonaws.com',
        port: 8883,
        topicPrefix: 'iot/heartrate',
        certificate: join(folder, '…'),
        privateKey: join(folder, '…'),
        compression: 'none',
      },
      responses: [],
      clock: { trust: 'auto', waitMs: 21_600_000 },
      privacy: { sendNotes: false },
      limits: { ingestQueue: 4096, groupCommitMs: 1000, inFlight: 8 },
    });
    assert.deepEqual(team, [
      {
        id: '7',
        name: 'J. Smith',
        strap: { address: 'a09e1a000007' },
        rules: [
          { name: 'high-average', kind: 'average', parameters: { window: 60_000, above: 165, coverage: 0.5 } },
          { name: 'low-average', kind: 'average', parameters: { window: 60_000, below: 40, coverage: 0.5 } },
        ],
      },
    ]);
  });

  test('as the reference page shows it loads', (t) => {
    const folder = configFolder(t, {
      'gateway.yaml': GATEWAY_EXAMPLE.replaceAll(/\/(etc|var\/lib)\/sideline\//g, ''),
      'mqtt.yaml': GATEWAY_HEAD + MQTT_EXAMPLE + MIRROR_EXAMPLE,
      'athletes.yaml': ATHLETES_EXAMPLE,
      'pitch-3.crt': 'x',
      'pitch-3.key': 'x',
    });
    assert.equal(loadedValue(loadConfiguration(join(folder, 'gateway.yaml'), {})).team.length, 2);
    const mqtt = loadedValue(loadConfiguration(join(folder, 'mqtt.yaml'), { MQTT_PASSWORD: '0123' }));
    const { uplink, mirror } = mqtt.settings;
    assert.equal(mirror?.kind, 'mqtt');
    assert.deepEqual(uplink, {
      kind: 'mqtt',
      url: 'mqtts://broker.example.org:8883',
      protocol: 5,
      username: 'pitch-3',
      password: '0123',
      topicPrefix: 'iot/heartrate',
      compression: 'none',
    });
  });

  test('takes every setting of a broker, with sizes in bytes and durations in ms', (t) => {
    const folder = configFolder(t, {
      'gateway.yaml': `gateway: pitch_3
athletes: athletes.yaml
store: { path: outbox.db, max_size: 1.5GiB, keep_around_alerts: 10m }
radio: { adapters: [hci1] }
uplink:
  kind: mqtt
  url: mqtts://broker
  protocol: 3.1.1
  ca: tls/ca.pem
  certificate: tls/a.pem
  private_key: tls/a.key
  topic_prefix: club/a
  compression: gzip
mirror: { kind: mqtt, url: "mqtt://other" }
clock: { trust: always, wait: 0ms }
privacy: { send_notes: true }
limits: { ingest_queue: 10, group_commit: 0ms, in_flight: 1, publishes_per_second: 50, bytes_per_second: 64KB }
`,
      'athletes.yaml': GOOD_TEAM,
      'tls/ca.pem': 'x',
      'tls/a.pem': 'x',
      'tls/a.key': 'x',
    });
    const { settings } = loadedValue(loadConfiguration(join(folder, 'gateway.yaml'), {}));
    assert.deepEqual(settings, {
      gateway: 'pitch_3',
      athletesFile: join(folder, 'athletes.yaml'),
      store: { path: join(folder, 'outbox.db'), maxBytes: 1_610_612_736, keepAroundMs: 600_000 },
      radio: { adapters: ['hci1'], linksPerAdapter: 7 },
      uplink: {
        kind: 'mqtt',
        url: 'mqtts://broker',
        protocol: 4,
        topicPrefix: 'club/a',
        tls: {
          ca: join(folder, 'tls/ca.pem'),
          certificate: join(folder, 'tls/a.pem'),
          privateKey: join(folder, 'tls/a.key'),
        },
        compression: 'gzip',
      },
      mirror: { kind: 'mqtt', url: 'mqtt://other', protocol: 5, topicPrefix: 'iot/heartrate', compression: 'none' },
      responses: [],
      clock: { trust: 'always', waitMs: 0 },
      privacy: { sendNotes: true },
      limits: { ingestQueue: 10, groupCommitMs: 0, inFlight: 1, publishesPerSecond: 50, bytesPerSecond: 64_000 },
    });
  });

  test('finds relative paths from the file that names them, and shows them from where it was named', (t) => {
    const folder = configFolder(t, {
      'conf/gateway.yaml': GATEWAY_HEAD.replace('athletes.yaml', '../team/athletes.yaml') + LOCAL_BROKER,
      'team/athletes.yaml': GOOD_TEAM,
      'conf/bad.yaml': GATEWAY_HEAD.replace('athletes.yaml', '../team/bad.yaml') + LOCAL_BROKER,
      'team/bad.yaml': 'athletes: []\n',
    });
    const named = relative(process.cwd(), join(folder, 'conf/gateway.yaml'));
    const { settings } = loadedValue(loadConfiguration(named, {}));
    assert.equal(settings.athletesFile, join(folder, 'team/athletes.yaml'));
    assert.equal(settings.store.path, join(folder, 'conf/outbox.db'));
    const bad = loadConfiguration(relative(process.cwd(), join(folder, 'conf/bad.yaml')), {});
    const shown = join(relative(process.cwd(), folder), 'team/bad.yaml');
    assert.deepEqual(bad.ok ? [] : bad.problems.map(textOf), [`${shown}:1:11: "athletes" is an empty list; add one`]);
  });

  test('is only read: nothing appears beside it', (t) => {
    const folder = configFolder(t, { 'gateway.yaml': GATEWAY_HEAD + LOCAL_BROKER, 'athletes.yaml': GOOD_TEAM });
    loadedValue(loadConfiguration(join(folder, 'gateway.yaml'), {}));
    assert.deepEqual(readdirSync(folder).sort(), ['athletes.yaml', 'gateway.yaml']);
  });

  test('may come with a byte order mark and lines that end as on Windows', (t) => {
    const folder = configFolder(t, { 'athletes.yaml': `\uFEFF${GOOD_TEAM.replaceAll('\n', '\r\n')}    nmae: A\r\n` });
    assert.deepEqual(problemTexts(loadTeam(join(folder, 'athletes.yaml'), {}), folder), [
      'athletes.yaml:6:5: unknown key "nmae" of athlete "7"; did you mean "name"?',
    ]);
  });
});

describe('environment variables', () => {
  const reference = (name: string) => `\${${name}}`;

  test('stand in for any value, numbers too, and can be escaped', (t) => {
    const folder = configFolder(t, {
      'gateway.yaml': `${GATEWAY_HEAD.replace('pitch-3', `pitch-${reference('PITCH')}`)}uplink:
  kind: mqtt
  url: mqtt://${reference('HOST')}:1883
  protocol: ${reference('PROTOCOL')}
  username: $${reference('PITCH')}
  password: ${reference('PASSWORD')}
privacy: { send_notes: "${reference('NOTES')}" }
limits: { in_flight: "${reference('IN_FLIGHT')}" }
`,
      'athletes.yaml': GOOD_TEAM,
    });
    const env = { PITCH: '9', HOST: 'localhost', PROTOCOL: '5', PASSWORD: '007', NOTES: 'true', IN_FLIGHT: '3' };
    const { settings } = loadedValue(loadConfiguration(join(folder, 'gateway.yaml'), env));
    assert.equal(settings.gateway, 'pitch-9');
    assert.equal(settings.limits.inFlight, 3);
    assert.equal(settings.privacy.sendNotes, true);
    assert.deepEqual(settings.uplink, {
      kind: 'mqtt',
      url: 'mqtt://localhost:1883',
      protocol: 5,
      username: reference('PITCH'),
      password: '007',
      topicPrefix: 'iot/heartrate',
      compression: 'none',
    });
  });

  test('are never shown, whatever is wrong with their values', (t) => {
    const secret = 'hunter2 {"@:';
    const all = ['gateway', 'store', 'kind', 'endpoint', 'certificate', 'prefix'].map(() => reference('SECRET'));
    const folder = configFolder(t, {
      'gateway.yaml': `gateway: ${all[0]}
athletes: ${all[1]}
store: { path: x, max_size: "${all[2]}" }
radio: { adapters: ["${all[2]}"] }
uplink: { kind: aws-iot, endpoint: "${all[3]}", port: "${all[3]}", certificate: "${all[4]}", private_key: "${all[4]}", topic_prefix: "a ${all[5]}" }
limits: { group_commit: "${all[0]}" }
`,
      'kind.yaml': `${GATEWAY_HEAD}uplink: { kind: "${all[2]}" }\n`,
      'athletes.yaml': `${TEAM_HEAD}  - { id: "${all[0]}", strap: { address: "${all[0]}" }, rules: { own: { kind: "${all[0]}" } } }\n`,
    });
    const env = { SECRET: secret };
    const texts = [
      loadConfiguration(join(folder, 'gateway.yaml'), env),
      loadConfiguration(join(folder, 'kind.yaml'), env),
    ].flatMap((loaded) => problemTexts(loaded, folder));
    assert.equal(texts.length, 14);
    assert.deepEqual(
      texts.filter((text) => text.includes('hunter2')),
      [],
    );
  });
});

test('the advice to take a password from the environment holds in a map in braces too', (t) => {
  const advice = /password: (.*)/.exec(MQTT_EXAMPLE)?.[1];
  const folder = configFolder(t, {
    'gateway.yaml': `${GATEWAY_HEAD}uplink: { kind: mqtt, url: mqtt://b, username: u, password: ${advice} }\n`,
    'url.yaml': `${GATEWAY_HEAD}uplink: { kind: mqtt, url: "mqtt://u:p@b" }\n`,
    'athletes.yaml': GOOD_TEAM,
  });
  const { uplink } = loadedValue(loadConfiguration(join(folder, 'gateway.yaml'), { MQTT_PASSWORD: '0123' })).settings;
  assert.equal(uplink.kind === 'mqtt' && uplink.password, '0123');
  const [problem] = problemTexts(loadConfiguration(join(folder, 'url.yaml'), {}));
  assert.ok(problem?.endsWith(`the latter as ${advice}`), problem);
});

test('a store is refused where this user may not make it, and nothing is made to find that out', (t) => {
  const folder = configFolder(t, { 'athletes.yaml': GOOD_TEAM, 'closed/held.db': 'x', 'shut/held.db': 'x' });
  const refused = ['closed/outbox.db', 'closed/a/b/outbox.db', 'closed/held.db', 'shut/held.db', 'shut/new.db'];
  chmodSync(join(folder, 'closed/held.db'), 0o400);
  chmodSync(join(folder, 'closed'), 0o500);
  chmodSync(join(folder, 'shut'), 0o600);
  try {
    // The rest of the folder is for everybody, since the program may become somebody else.
    chmodSync(folder, 0o777);
    const args = [UNPRIVILEGED, folder, GATEWAY_HEAD + LOCAL_BROKER, ...refused, 'new/folder/outbox.db'];
    const told = JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', ...args], { encoding: 'utf8' })) as {
      text: string;
      mayPass: boolean;
    }[];
    assert.match(told[0]?.text ?? '', /\(.*closed: this user may not make files in it\)/);
    for (const { text, mayPass } of told.slice(0, -1)) {
      // As where the disk that it is to be on is not mounted yet.
      assert.ok(mayPass, text);
      assert.match(text, /^gateway.yaml:3:16: cannot keep the store at .*this user may not/);
    }
    assert.equal(told.at(-1)?.text, '');
    assert.deepEqual(readdirSync(join(folder, 'closed')), ['held.db']);
  } finally {
    for (const name of ['closed', 'shut']) chmodSync(join(folder, name), 0o700);
  }
});

test('a secret in the file is not shown, whatever is wrong with it', (t) => {
  const uplinks = [
    'uplink: { kind: mqtt, url: "mqtt://u:hunter2@b" }',
    'uplink: { kind: mqtt, url: "hunter2" }',
    'uplink: { kind: mqtt, url: mqtt://b, password: hunter2 }',
    'uplink: { kind: mqtt, url: mqtt://b, username: u, password: [hunter2] }',
    'uplink: { kind: mqtt, url: mqtt://b, username: u, password:hunter2 }',
    'uplink: { kind: mqtt, url: mqtt://b, username: u, password: *hunter2 }',
    'uplink: { kind: mqtt, url: mqtt://b, username: u, password: !hunter2 }',
    'uplink: { kind: mqtt, url: mqtt://b, username: u, password: @hunter2 }',
    'uplink: { kind: mqtt, url: mqtt://b, username: u, password: "hunter2\\q" }',
    'uplink: { kind: mqtt, url: mqtt://b, username: u, password: "x" hunter2 }',
    'uplink:\n  kind: mqtt\n  url: mqtt://b\n  username: u\n  password: hunter2: x',
    'uplink:\n  kind: mqtt\n  url: mqtt://b\n  username: u\n  password: |hunter2',
    'uplink:\n  kind: mqtt\n  url: mqtts://b\n  certificate: x\n  private_key: |\n    -----BEGIN PRIVATE KEY-----\n    hunter2',
  ];
  for (const uplink of uplinks) {
    const folder = configFolder(t, { 'gateway.yaml': `${GATEWAY_HEAD}${uplink}\n`, 'athletes.yaml': GOOD_TEAM });
    const texts = problemTexts(loadConfiguration(join(folder, 'gateway.yaml'), {}), folder);
    assert.notEqual(texts.length, 0, uplink);
    assert.doesNotMatch(texts.join('\n'), /hunter2/);
  }
});
