import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { RESPONSES_EXAMPLE } from '../../src/config/examples.ts';
import { explainConfiguration, loadConfiguration, loadTeam } from '../../src/config/load.ts';
import { ATHLETE, configFolder, GATEWAY_HEAD, loadedValue, problemTexts, TEAM_HEAD } from './config-folder.ts';

const BROKER = 'uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }\n';
const SECRET = `whsec_${'A'.repeat(44)}`;
const USUAL = ['raised', 'escalated', 'resumed', 'cleared'];

/** The siren of the example is not installed everywhere. */
const EXAMPLE = RESPONSES_EXAMPLE.replace('/usr/bin/gpioset', '/bin/true');

const RULES = `defaults:
  rules:
    high: { kind: average, window: 60s, above: 120, responses: [siren, board] }
    low: { kind: average, window: 60s, below: 40 }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { high: { responses: [] }, low: { responses: [office] } }
  - id: "8"
    strap: { address: "a0:9e:1a:00:00:08" }
`;

test('responses as the reference page shows them load, durations in ms', (t) => {
  const folder = configFolder(t, {
    'gateway.yaml': GATEWAY_HEAD + BROKER + EXAMPLE,
    'athletes.yaml': TEAM_HEAD + ATHLETE,
  });
  const loaded = loadConfiguration(join(folder, 'gateway.yaml'), { OFFICE_SECRET: SECRET });
  assert.deepEqual(loadedValue(loaded).settings.responses, [
    {
      choice: { name: 'board', severity: 'warning', events: USUAL },
      kind: 'topic',
      url: 'mqtt://127.0.0.1:1883',
      topic: 'touchline/alerts',
    },
    {
      choice: { name: 'office', severity: 'warning', events: ['raised', 'escalated', 'resumed'] },
      kind: 'webhook',
      url: 'https://hooks.example.org/sideline',
      secret: SECRET,
      timeoutMs: 10_000,
      giveUpAfterMs: 86_400_000,
    },
    {
      choice: { name: 'siren', severity: 'critical', events: ['raised', 'escalated', 'resumed'] },
      kind: 'command',
      command: ['/bin/true', '--toggle', '5s,0', '--chip', 'gpiochip0', '17=1'],
      timeoutMs: 10_000,
    },
  ]);
});

test('every setting of a topic and a webhook is taken, with paths made absolute', (t) => {
  const folder = configFolder(t, {
    'gateway.yaml': `${GATEWAY_HEAD}${BROKER}responses:
  board: { kind: topic, url: "mqtts://broker", topic: a/b, username: pi, password: "\${PASSWORD}", ca: tls/ca.pem, severity: notice, events: [snoozed] }
  office: { kind: webhook, url: "HTTPS://Example.ORG:443/a", secret: "\${SECRET}", ca: tls/ca.pem, timeout: 1s, give_up_after: 1h }
  here: { kind: webhook, url: "http://127.0.0.1:8080/", secret: "\${SECRET}" }
  there: { kind: webhook, url: "http://[fd00::1]/", secret: "\${SECRET}", allow_http: true }
webhook_hosts: [example.org, "127.0.0.1:8080", "[FD00:0::1]:80"]
`,
    'athletes.yaml': TEAM_HEAD + ATHLETE,
    'tls/ca.pem': 'x',
  });
  const loaded = loadConfiguration(join(folder, 'gateway.yaml'), { SECRET, PASSWORD: 'abc' });
  const [board, office, here, there] = loadedValue(loaded).settings.responses;
  const ca = join(folder, 'tls/ca.pem');
  assert.deepEqual(board, {
    choice: { name: 'board', severity: 'notice', events: ['snoozed'] },
    kind: 'topic',
    url: 'mqtts://broker',
    topic: 'a/b',
    username: 'pi',
    password: 'abc',
    tls: { ca },
  });
  const common = { kind: 'webhook', secret: SECRET };
  const choice = (name: string) => ({ name, severity: 'warning', events: USUAL });
  assert.deepEqual(
    [office, here, there],
    [
      {
        choice: choice('office'),
        ...common,
        url: 'HTTPS://Example.ORG:443/a',
        ca,
        timeoutMs: 1_000,
        giveUpAfterMs: 3_600_000,
      },
      {
        choice: choice('here'),
        ...common,
        url: 'http://127.0.0.1:8080/',
        timeoutMs: 10_000,
        giveUpAfterMs: 86_400_000,
      },
      { choice: choice('there'), ...common, url: 'http://[fd00::1]/', timeoutMs: 10_000, giveUpAfterMs: 86_400_000 },
    ],
  );
});

test('a rule names responses, for everybody or for one athlete', (t) => {
  const folder = configFolder(t, { 'gateway.yaml': GATEWAY_HEAD + BROKER + EXAMPLE, 'athletes.yaml': RULES });
  const { team } = loadedValue(loadConfiguration(join(folder, 'gateway.yaml'), { OFFICE_SECRET: SECRET }));
  assert.deepEqual(
    team.map(({ rules }) => rules.map(({ name, responses }) => [name, responses])),
    [
      [
        ['high', []],
        ['low', ['office']],
      ],
      [
        ['high', ['siren', 'board']],
        ['low', undefined],
      ],
    ],
  );
});

test('a name that the gateway does not have is wrong where it was written, and cannot be known to be without it', (t) => {
  const rules = RULES.replace('[siren, board]', '[siren, bord]').replace('[office]', '[club, office]');
  const folder = configFolder(t, {
    'gateway.yaml': GATEWAY_HEAD + BROKER + EXAMPLE,
    'plain.yaml': GATEWAY_HEAD + BROKER,
    'athletes.yaml': rules,
  });
  const told = (name: string) => problemTexts(loadConfiguration(join(folder, name), { OFFICE_SECRET: SECRET }), folder);
  assert.deepEqual(told('gateway.yaml'), [
    'athletes.yaml:3:72: rule "high" of the defaults names the response "bord", which the gateway\'s file does not have; did you mean "board"?',
    'athletes.yaml:8:58: rule "low" of athlete "7" names the response "club", which the gateway\'s file does not have; known here: board, office, siren',
  ]);
  assert.equal(told('plain.yaml').length, 4);
  assert.match(
    told('plain.yaml')[0] ?? '',
    /names the response "siren", .*; add it to "responses" there, or remove it here$/,
  );
  assert.ok(loadTeam(join(folder, 'athletes.yaml'), {}).ok);
});

test('presets and teams may name responses too, whatever they are called, and it can be explained', (t) => {
  const rules = (name: string) => `{ rules: { high: { responses: [${name}] } } }`;
  const athletes = (preset: string, team: string) => `presets: { rules: ${rules(preset)} }
defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
teams: { rules: ${rules(team)} }
athletes:
  - { id: "7", team: rules, strap: { address: "a0:9e:1a:00:00:07" } }
  - { id: "8", use: [rules], strap: { address: "a0:9e:1a:00:00:08" } }
`;
  const folder = configFolder(t, {
    'gateway.yaml': GATEWAY_HEAD + BROKER + EXAMPLE,
    'athletes.yaml': athletes('siren', 'board, office'),
    'wrong.yaml': GATEWAY_HEAD.replace('athletes.yaml', 'wrong-athletes.yaml') + BROKER + EXAMPLE,
    'wrong-athletes.yaml': athletes('sirens', 'bord'),
  });
  const env = { OFFICE_SECRET: SECRET };
  const { team, explained } = loadedValue(explainConfiguration(join(folder, 'gateway.yaml'), env));
  assert.deepEqual(
    team.map(({ rules }) => rules[0]?.responses),
    [['board', 'office'], ['siren']],
  );
  assert.deepEqual(
    explained.map(({ rules }) => rules[0]?.values.find(({ key }) => key === 'responses')),
    [
      { key: 'responses', value: '[board, office]', from: { layer: 'team', name: 'rules', line: 3 } },
      { key: 'responses', value: '[siren]', from: { layer: 'preset', name: 'rules', line: 1 } },
    ],
  );
  const told = problemTexts(loadConfiguration(join(folder, 'wrong.yaml'), env), folder);
  assert.deepEqual(
    told.map((text) => text.replace(/^wrong-athletes.yaml:(\d+):.* names the response ("\w+").*;/, '$1 $2')),
    ['1 "sirens" did you mean "siren"?', '3 "bord" did you mean "board"?'],
  );
});

test('names of responses that cannot be any are wrong in the athletes file itself', (t) => {
  const rules = RULES.replace('[siren, board]', '["a siren"]').replace('[office]', 'office');
  const folder = configFolder(t, { 'athletes.yaml': rules });
  assert.deepEqual(problemTexts(loadTeam(join(folder, 'athletes.yaml'), {}), folder), [
    'athletes.yaml:3:65: item 1 of "responses" in rule "high" of the defaults is "a siren", which cannot be the name of a response; write names that gateway.yaml gives under "responses"',
    'athletes.yaml:8:57: expected a list for "responses" in rule "low" of athlete "7", got a text; begin each item on a line of its own with "- "',
  ]);
});
