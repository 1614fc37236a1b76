import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { referenceTo } from '../../src/config/environment.ts';
import { type ControlAnswer, controlAnswerSchema } from '../../src/system/control-document.ts';
import { statusSchema } from '../../src/system/status-document.ts';
import { recordsOf } from '../fixtures/received.ts';
import { Scene } from '../fixtures/scene.ts';
import type { Ended, SidelineProcess } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { programPath, requires } from '../requirements.ts';

/** Both are beyond their limits as soon as there is an average. */
const ATHLETES = `defaults:
  rules:
    any: { kind: average, window: 10s, above: 30 }
    never: { kind: average, window: 10s, above: 230 }
athletes:
  - { id: "7", name: Smith, strap: { address: "a0:9e:1a:00:00:07" } }
  - { id: "8", name: Jones, strap: { address: "a0:9e:1a:00:00:08" } }
`;

const gatewayFile = (more = '') =>
  `gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: outbox.db }\nuplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }\n${more}`;

interface Place {
  file(name: string, text: string): Promise<string>;
  start(...args: string[]): SidelineProcess;
}

/** The commands of a person at a gateway whose configuration is in this folder. */
class Person {
  readonly #place: Place;
  readonly #config: string;

  static async at(place: Place, path: string, more = ''): Promise<Person> {
    await place.file('athletes.yaml', ATHLETES);
    await place.file('gateway.yaml', gatewayFile(more));
    return new Person(place, join(path, 'gateway.yaml'));
  }

  private constructor(place: Place, config: string) {
    this.#place = place;
    this.#config = config;
  }

  says(command: 'acknowledge' | 'snooze' | 'status', ...args: string[]): Promise<Ended> {
    return this.#place.start(command, '--config', this.#config, ...args).ended();
  }

  async told(command: 'acknowledge' | 'snooze', ...args: string[]): Promise<ControlAnswer> {
    const { code, stdout, stderr } = await this.says(command, '--json', ...args);
    assert.equal(code, 0, stderr);
    return controlAnswerSchema.parse(JSON.parse(stdout));
  }

  /** How the alert of athlete 7 stands, as soon as there is one. */
  async alert() {
    for (let i = 0; i < 200; i++) {
      // It begins to answer when it has started.
      const { code, stdout } = await this.says('status', '--json');
      const [alert] = code === 0 ? (statusSchema.parse(JSON.parse(stdout)).athletes[0]?.alerts ?? []) : [];
      if (alert !== undefined) return alert;
      await sleep(100);
    }
    return assert.fail('there is no alert');
  }
}

const simulated = (folder: TemporaryFolder, ...args: string[]) =>
  folder.start(
    'simulate',
    '--store',
    join(folder.path, 'outbox.db'),
    '--athletes',
    'athletes.yaml',
    '--no-faults',
    ...args,
  );

test('a person takes notice of an alert and has it be quiet, and everybody who looks sees it', () =>
  TemporaryFolder.with(async (folder) => {
    const person = await Person.at(folder, folder.path);
    const gateway = simulated(folder, '--speed', '10');
    await gateway.loggedEvent('alert.raised');
    await person.alert();
    // Whatever has become of the files since, and whoever's environment this is.
    await folder.file('athletes.yaml', 'athletes: nobody\n');
    await folder.file(
      'gateway.yaml',
      gatewayFile().replace('kind: mqtt', `kind: mqtt, password: "${referenceTo('NOBODY_HAS_SET_THIS')}"`),
    );

    const seen = await person.says('acknowledge', '--athlete', '7', '--by', 'AT-1', '--note', 'Smith sits down');
    assert.deepEqual([seen.code, seen.stdout, seen.stderr], [0, 'athlete 7, any: acknowledged by AT-1\n', '']);
    const quiet = await person.says('snooze', '--athlete', '7', '--rule', 'any', '--by', 'PT-2', '--for', '30m');
    assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, 'athlete 7, any: quiet for 30 min\n', '']);

    const { snoozedForMs = 0, ...alert } = await person.alert();
    assert.deepEqual(alert, {
      ...{ rule: 'any', severity: 'warning', acknowledged: true, acknowledgedBy: 'AT-1', note: 'Smith sits down' },
      snoozedBy: 'PT-2',
    });
    assert.ok(snoozedForMs > 60_000 && snoozedForMs < 1_800_000, `${snoozedForMs} ms`);
    const { stdout } = await person.says('status');
    assert.match(stdout, /^ {2}7 .* any \(seen, quiet for \d+ min( \d+ s)?\)$/m);
    assert.match(stdout, /^ {2}8 .* any$/m);

    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended();
    assert.equal(code, 0);
    assert.deepEqual(
      gateway.log
        .filter(({ event }) => /alert\.(ack|sno)/.test(event))
        .map(({ event, athlete, rule }) => [event, athlete, rule]),
      [
        ['alert.acknowledged', '7', 'any'],
        ['alert.snoozed', '7', 'any'],
      ],
    );
    assert.ok(!/Smith|sits/.test(stderr), 'the log has neither names nor notes');
    await assert.rejects(lstat(join(folder.path, 'outbox.db.control')), { code: 'ENOENT' });
  }));

test('a request that nothing can come of says what there is, and changes nothing', () =>
  TemporaryFolder.with(async (folder) => {
    const person = await Person.at(folder, folder.path);
    await simulated(folder, '--speed', '10').loggedEvent('alert.raised');
    await person.alert();
    for (const [args, text] of [
      [['--athlete', '9'], /^sideline: athlete 9 is not in the team of the running gateway; known here: 7, 8\n$/],
      [['--athlete', '7', '--rule', 'nay'], /^sideline: athlete 7 has no rule nay; did you mean "any"\?\n$/],
      [
        ['--athlete', '7', '--rule', 'never'],
        /^sideline: athlete 7 has no open alert of never; open are: any of athlete 7/,
      ],
    ] as const) {
      const plain = await person.says('acknowledge', ...args, '--by', 'AT-1');
      assert.deepEqual([plain.code, plain.stdout], [1, '']);
      assert.match(plain.stderr, text);
      const json = await person.says('snooze', ...args, '--by', 'AT-1', '--for', '10m', '--json');
      assert.equal(json.code, 1);
      assert.notEqual(controlAnswerSchema.parse(JSON.parse(json.stdout)).outcome, 'done');
    }
    assert.equal((await person.alert()).acknowledged, false);
  }));

test(
  'killed with SIGKILL, the gateway has what a person was told it has, and a note has not left it',
  requires('mosquitto'),
  () =>
    Scene.with(async (scene) => {
      const person = await Person.at(scene, scene.folder);
      const play = (start: string) =>
        scene.simulate('--athletes', scene.path('athletes.yaml'), '--no-faults', '--speed', '10', '--start', start);
      const first = play('2026-01-31T15:00:00Z');
      await first.loggedEvent('alert.raised');
      await person.alert();
      const seen = await person.told('acknowledge', '--athlete', '7', '--by', 'AT-1', '--note', 'Smith sits down');
      const quiet = await person.told('snooze', '--athlete', '7', '--by', 'PT-2', '--for', '4h');
      first.kill('SIGKILL');
      assert.equal((await first.ended()).signal, 'SIGKILL');
      for (const answer of [seen, quiet]) assert.ok(answer.outcome === 'done' && answer.stored === 'on-disk');

      const second = play('2026-01-31T15:30:00Z');
      await second.loggedEvent('gateway.started');
      const { snoozedForMs = 0, ...alert } = await person.alert();
      assert.deepEqual(alert, {
        ...{ rule: 'any', severity: 'warning', acknowledged: true, acknowledgedBy: 'AT-1', note: 'Smith sits down' },
        snoozedBy: 'PT-2',
      });
      assert.ok(snoozedForMs > 0 && snoozedForMs < 3.6 * 3_600_000, 'the half hour between counts');
      assert.ok(
        !second.log.some(({ event, athlete }) => event === 'alert.raised' && athlete === '7'),
        'not raised twice',
      );

      const events = () => recordsOf(scene.subscriber.messages).filter(({ kind }) => kind === 'alerts');
      await scene.subscriber.waitFor(() => JSON.stringify(events()).includes('snoozedBy'));
      const text = scene.subscriber.messages.map(({ payload }) => String(payload)).join('\n');
      assert.match(
        text,
        /"event":"acknowledged","t":\d+,"above":30,"alert":"[^"]+","severity":"warning","by":"AT-1"[,}]/,
      );
      assert.match(text, /"by":"AT-1","until":\d+,"snoozedBy":"PT-2"[,}]/);
      assert.ok(!/Smith|sits|note/.test(text), 'neither names nor notes leave the gateway');
    }),
);

test(
  'while the disk fails a person is told that it is done and in memory only; once it can be written, it is kept',
  requires('prlimit'),
  () =>
    TemporaryFolder.with(async (folder) => {
      const person = await Person.at(folder, folder.path);
      const gateway = simulated(folder, '--speed', '10', '--start', '2026-01-31T15:00:00Z');
      const limitFiles = (bytes: string) =>
        execFileSync(programPath('prlimit'), ['--pid', String(gateway.pid), `--fsize=${bytes}:`]);
      await gateway.loggedEvent('alert.raised');
      await person.alert();
      limitFiles('1');
      await gateway.loggedEvent('store.in-memory');
      const { code, stdout, stderr } = await person.says('acknowledge', '--athlete', '7', '--by', 'AT-1');
      assert.deepEqual([code, stdout], [1, 'athlete 7, any: acknowledged by AT-1\n']);
      assert.match(stderr, /^sideline: it is done, and in memory only, to be lost with the power: .*see its log\n$/);
      assert.equal((await person.alert()).acknowledgedBy, 'AT-1');

      limitFiles('unlimited');
      await gateway.loggedEvent('store.on-disk-again');
      gateway.kill('SIGKILL');
      await gateway.ended();
      const next = simulated(folder, '--speed', '10', '--start', '2026-01-31T15:30:00Z');
      await next.loggedEvent('gateway.started');
      assert.equal((await person.alert()).acknowledgedBy, 'AT-1');
    }),
);

test('the daemon of a configuration can be told too, over a socket for its own user only', () =>
  TemporaryFolder.with(async (folder) => {
    const person = await Person.at(folder, folder.path);
    const gateway = folder.start('run', '--config', 'gateway.yaml');
    await gateway.loggedEvent('gateway.started');
    let answer = await person.says('acknowledge', '--athlete', '7', '--by', 'AT-1');
    for (let i = 0; i < 50 && /no gateway is running/.test(answer.stderr); i++) {
      answer = await person.says('acknowledge', '--athlete', '7', '--by', 'AT-1');
    }
    assert.match(answer.stderr, /^sideline: athlete 7 has no open alert; no alert is open of anybody\n$/);
    assert.equal((await stat(join(folder.path, 'outbox.db.control'))).mode & 0o777, 0o600);
    gateway.kill('SIGTERM');
    assert.equal((await gateway.ended()).code, 0);
  }));

test('clients that say nothing, or talk without end, keep nobody out for long, and no gateway from stopping', () =>
  TemporaryFolder.with(async (folder) => {
    const person = await Person.at(folder, folder.path);
    const gateway = simulated(folder, '--speed', '10');
    await gateway.loggedEvent('alert.raised');
    await person.alert();
    const hostile = Array.from({ length: 200 }, (_, i) => {
      const socket = connect(join(folder.path, 'outbox.db.control'));
      socket.on('error', () => {});
      if (i % 2 === 0) socket.pause();
      else socket.write(Buffer.alloc(1_000_000, 'x'));
      return socket;
    });
    try {
      let answer = await person.says('acknowledge', '--athlete', '7', '--by', 'AT-1');
      for (let i = 0; i < 50 && answer.code !== 0; i++) {
        answer = await person.says('acknowledge', '--athlete', '7', '--by', 'AT-1');
      }
      assert.equal(answer.code, 0, answer.stderr);
      for (const socket of hostile) socket.destroy();
      const silent = Array.from({ length: 8 }, () =>
        connect(join(folder.path, 'outbox.db.control')).on('error', () => {}),
      );
      hostile.push(...silent);
      gateway.kill('SIGTERM');
      const { code, stderr } = await gateway.ended();
      assert.equal(code, 0, stderr);
      assert.ok(!gateway.log.some(({ event }) => event === 'gateway.stop-overdue'), stderr);
    } finally {
      for (const socket of hostile) socket.destroy();
    }
  }));

test('where no gateway runs, or its socket cannot be, both sides say so', () =>
  TemporaryFolder.with(async (folder) => {
    const person = await Person.at(folder, folder.path);
    const nobody = await person.says('acknowledge', '--athlete', '7', '--by', 'AT-1');
    assert.equal(nobody.code, 1);
    assert.match(
      nobody.stderr,
      /^sideline: no gateway is running on the store .*: nobody answers at .*\.control; start it/,
    );
    await writeFile(join(folder.path, 'outbox.db.control'), 'mine');
    const gateway = simulated(folder);
    const { level, reason } = await gateway.loggedEvent('control.unavailable');
    assert.equal(level, 'warn');
    assert.match(String(reason), /something that is no socket/);
    const refused = await person.says('snooze', '--athlete', '7', '--by', 'AT-1', '--for', '10m');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /something that is no socket; move it away/);
    assert.equal((await person.says('status')).code, 0, 'the other socket is there all the same');
    assert.equal((await stat(join(folder.path, 'outbox.db.control'))).size, 4);
  }));

test('wrong usage and an invalid configuration have exit codes of their own, and a name is no id', () =>
  TemporaryFolder.with(async (folder) => {
    const person = await Person.at(folder, folder.path);
    const of7 = ['--athlete', '7'];
    for (const [command, args, text] of [
      ['acknowledge', of7, /required option '--by <id>' not specified/],
      ['acknowledge', ['--by', 'AT-1'], /required option '--athlete <id>' not specified/],
      ['acknowledge', [...of7, '--by', 'J. Smith'], /'J\. Smith' is invalid\. Give an id, not a name: 1 to 64 letters/],
      ['acknowledge', [...of7, '--by', 'AT-1', '--note', 'two\nlines'], /Give one line of 1 to 500 characters/],
      ['acknowledge', [...of7, '--by', 'AT-1', '--for', '10m'], /unknown option '--for'/],
      ['snooze', [...of7, '--by', 'AT-1'], /required option '--for <time>' not specified/],
      ['snooze', [...of7, '--by', 'AT-1', '--for', '59s'], /Give a time from 1m to 4h, with its unit, as in 10m/],
      ['snooze', [...of7, '--by', 'AT-1', '--for', '241m'], /Give a time from 1m to 4h/],
      ['snooze', [...of7, '--by', 'AT-1', '--for', '600'], /Give a time from 1m to 4h/],
    ] as const) {
      const { code, stderr } = await person.says(command, ...args);
      assert.equal(code, 2);
      assert.match(stderr, text);
    }
    // What is wrong is told where it leaves nobody to be asked, and then all of it.
    const unplaced = gatewayFile('privacy: { send_notes: sometimes }\n').replace('path: outbox.db', 'path: 7');
    await folder.file('gateway.yaml', unplaced);
    const { code, stderr } = await person.says('acknowledge', ...of7, '--by', 'AT-1');
    assert.equal(code, 78);
    assert.match(stderr, /gateway\.yaml:5:24: expected true or false for "send_notes" in "privacy"/);
  }));
