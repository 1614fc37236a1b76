import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { statusSchema } from '../../src/system/status-document.ts';
import { distinct, type ReceivedRecord, recordsOf, storedIds } from '../fixtures/received.ts';
import { Scene } from '../fixtures/scene.ts';
import type { LogLine, SidelineProcess } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';

const athlete = (id: string, rules = '') =>
  `  - { id: "${id}", name: Zwiebel, strap: { address: "a0:9e:1a:00:00:0${id}" }${rules} }\n`;

/** Everybody is above the limit of "any" at once, and nobody ever is above a limit of 240. */
const file = (athletes: string, above = 30) =>
  `defaults:\n  rules:\n    any: { kind: average, window: 10s, above: ${above} }\nathletes:\n${athletes}`;

const TEAM = file(athlete('1') + athlete('2') + athlete('3'));

const REMEDY = 'write the number alone, without unit or quotes, or "85 % max" or "85 % reserve"';

const versionOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

const count = (log: readonly LogLine[], event: string) => log.filter((line) => line.event === event).length;

/** Resolves when this has been logged so many times. */
async function loggedTimes(gateway: SidelineProcess, event: string, times: number): Promise<LogLine> {
  const log = await gateway.logged((lines) => count(lines, event) >= times, `${event}, ${times} times`);
  return log.filter((line) => line.event === event)[times - 1] as LogLine;
}

const times = (records: readonly ReceivedRecord[], id: string) =>
  records
    .filter(({ kind, athlete: who }) => kind === 'samples' && who === id)
    .map(({ body }) => Number(body['t']))
    .sort((a, b) => a - b);

test(
  'a file that is edited takes effect while readings go on, and nothing is lost over it',
  requires('mosquitto'),
  () =>
    Scene.with(async (scene) => {
      const path = await scene.file('athletes.yaml', TEAM);
      const start = ['--speed', '5', '--start', '2026-01-31T15:00:00Z', '--no-faults'];
      const gateway = scene.simulate('--athletes', path, ...start);
      assert.equal((await gateway.loggedEvent('gateway.started'))['athletesVersion'], versionOf(TEAM));
      await loggedTimes(gateway, 'alert.raised', 3);

      // Athlete 1 has another limit, under which the alert stays open until it is held; athlete 3 leaves.
      const second = file(athlete('1', ', rules: { any: { above: 240 } }') + athlete('2'));
      await writeFile(path, second);
      const reloaded = await loggedTimes(gateway, 'athletes.reloaded', 1);
      assert.deepEqual(
        [reloaded['athletesVersion'], reloaded['athletes'], reloaded['came'], reloaded['left']],
        [versionOf(second), 2, 0, 1],
      );
      await loggedTimes(gateway, 'alert.cleared', 2);

      // Half of a file, a missing file and a wrong one change nothing.
      await writeFile(path, second.slice(0, second.indexOf('above') + 7));
      await loggedTimes(gateway, 'athletes.rejected', 1);
      await rm(path);
      const missing = await loggedTimes(gateway, 'athletes.rejected', 2);
      assert.deepEqual([missing['problems'], missing['inForce']], [1, versionOf(second)]);

      // An editor puts another file in the file's place, and a configuration tool another link.
      await writeFile(scene.path('new'), TEAM);
      await rename(scene.path('new'), path);
      await loggedTimes(gateway, 'athletes.reloaded', 2);
      await writeFile(scene.path('other.yaml'), second);
      await symlink(scene.path('other.yaml'), scene.path('link'));
      await rename(scene.path('link'), path);
      await loggedTimes(gateway, 'athletes.reloaded', 3);

      gateway.kill('SIGTERM');
      const { code, stderr } = await gateway.ended();
      assert.equal(code, 0, stderr);
      assert.ok(!stderr.includes('Zwiebel'), 'no name in the log');

      const last = scene.simulate('--athletes', path, '--duration', '1s', '--start', '2026-01-31T16:00:00Z');
      assert.equal((await last.ended()).code, 0);
      const stored = storedIds(scene.path('outbox.db'), 'simulator');
      await scene.subscriber.waitFor((messages) => distinct(recordsOf(messages)).length >= stored.size);
      const records = distinct(recordsOf(scene.subscriber.messages));
      assert.deepEqual(new Set(records.map(({ id }) => id)), stored, 'every id arrives');

      for (const id of ['1', '2']) {
        const own = times(records, id).filter((t) => t < Date.parse('2026-01-31T16:00:00Z'));
        const longest = Math.max(...own.slice(1).map((t, i) => t - (own[i] ?? t)));
        assert.ok(
          own.length > 30 && longest < 1_500,
          `athlete ${id}: ${own.length} readings, ${longest} ms between two`,
        );
      }
      const alerts = records.filter(({ kind }) => kind === 'alerts').sort((a, b) => a.seq - b.seq);
      const told = (id: string) =>
        alerts
          .filter((record) => record.athlete === id)
          .slice(0, 2)
          .map(({ body: { event, above, reason, athletesVersion } }) => ({ event, above, reason, athletesVersion }));
      const raised = { event: 'raised', above: 30, reason: undefined, athletesVersion: versionOf(TEAM) };
      const cleared = { event: 'cleared', athletesVersion: versionOf(second) };
      assert.deepEqual(told('1'), [raised, { ...cleared, above: 240, reason: 'within-limits' }]);
      assert.deepEqual(told('3'), [raised, { ...cleared, above: 30, reason: 'rule-gone' }]);
    }),
);

test('on SIGHUP the gateway looks at its file at once, and says what has come of it', () =>
  TemporaryFolder.with(async (folder) => {
    await folder.file('athletes.yaml', TEAM);
    const uplink = '{ kind: mqtt, url: "mqtt://127.0.0.1:1" }';
    const radio = '{ adapters: ["h4:tcp:127.0.0.1:1"] }';
    await folder.file(
      'gateway.yaml',
      `gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: outbox.db }\nradio: ${radio}\nuplink: ${uplink}\n`,
    );
    const gateway = folder.start('run', '--config', 'gateway.yaml');
    await gateway.loggedEvent('gateway.started');
    gateway.kill('SIGHUP');
    assert.equal((await loggedTimes(gateway, 'athletes.unchanged', 1))['athletesVersion'], versionOf(TEAM));

    await folder.file('athletes.yaml', TEAM.replace('above: 30', 'above: Zwiebel').replace('name:', 'nome:'));
    gateway.kill('SIGHUP');
    assert.equal((await loggedTimes(gateway, 'athletes.rejected', 1))['problems'], 2);
    const problems = gateway.log.filter(({ event }) => event === 'athletes.problem');
    assert.deepEqual(
      problems.map(({ place, what, remedy }) => [String(place).split('/').at(-1), what, remedy]),
      [
        ['athletes.yaml:3:47', '"above" in rule "any" of the defaults is a text', REMEDY],
        ['athletes.yaml:5:16', 'unknown key "…" of athlete "1"', 'did you mean "name"?'],
      ],
    );
    const ask = async (...args: string[]) =>
      (await folder.start('status', '--config', 'gateway.yaml', ...args).ended()).stdout;
    const { athletesFile } = statusSchema.parse(JSON.parse(await ask('--json')));
    assert.deepEqual(athletesFile, { version: versionOf(TEAM), problems: 2 });
    assert.match(await ask(), /what is on the disk is not: it has 2 problems/);

    // A file that takes minutes to be judged holds up nobody, and is given up.
    const endless = Array.from({ length: 90_000 }, (_, n) => `k${n}: 1\n`).join('');
    await folder.file('athletes.yaml', endless);
    gateway.kill('SIGHUP');
    await loggedTimes(gateway, 'athletes.rejected', 2);
    const last = gateway.log.filter(({ event }) => event === 'athletes.problem').at(-1);
    assert.match(String(last?.['what']), /takes too much (time|memory)/);

    const next = file(athlete('1') + athlete('4'));
    await folder.file('athletes.yaml', next);
    gateway.kill('SIGHUP');
    const reloaded = await loggedTimes(gateway, 'athletes.reloaded', 1);
    assert.deepEqual([reloaded['athletesVersion'], reloaded['came'], reloaded['left']], [versionOf(next), 1, 2]);
    const { athletesFile: now, athletes } = statusSchema.parse(JSON.parse(await ask('--json')));
    assert.deepEqual([now, athletes.map(({ id }) => id)], [{ version: versionOf(next) }, ['1', '4']]);
    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended();
    assert.equal(code, 0, stderr);
    assert.ok(!stderr.includes('Zwiebel'), 'no name in the log');
  }));
