import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from '../../src/responses/command.ts';
import { SystemClock } from '../../src/system/clock.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { alertOf, Heard } from './heard.ts';

const LONG_MS = 60_000;

/** So that a program that never does what is waited for ends the test and not the run. */
const options = { timeout: 120_000 };

async function withCommand(
  command: (folder: TemporaryFolder) => readonly string[],
  timeoutMs: number,
  body: (t: { siren: Command; heard: Heard; folder: TemporaryFolder }) => Promise<void>,
) {
  await TemporaryFolder.with(async (folder) => {
    const heard = new Heard();
    const siren = new Command({
      name: 'siren',
      command: command(folder),
      timeoutMs,
      clock: new SystemClock(),
      telemetry: heard,
    });
    try {
      await body({ siren, heard, folder });
    } finally {
      await siren.stop();
    }
  });
}

/** The process is gone, or is a zombie that nobody has waited for. */
function isGone(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return !existsSync(path) || readFileSync(path, 'utf8').split(') ')[1]?.startsWith('Z') === true;
}

async function untilThere(path: string): Promise<string> {
  while (!existsSync(path) || readFileSync(path, 'utf8') === '') await sleep(5);
  return readFileSync(path, 'utf8').trim();
}

test('it gets its arguments as they are, what has happened in four variables, and nothing else', () =>
  withCommand(
    (folder) => [
      process.execPath,
      '-e',
      `require('fs').writeFileSync(process.argv[1], JSON.stringify({ args: process.argv.slice(2), env: process.env, cwd: process.cwd() }))`,
      join(folder.path, 'told.json'),
      '$HOME; `id` "a" *',
    ],
    LONG_MS,
    async ({ siren, heard, folder }) => {
      siren.respond(alertOf('7', { event: 'escalated' }));
      const [done] = await heard.until('response.done');
      assert.deepEqual(
        { ...done, seconds: 0 },
        {
          event: 'response.done',
          response: 'siren',
          athlete: '7',
          rule: 'high-average',
          how: 'exit code 0',
          seconds: 0,
        },
      );
      assert.deepEqual(JSON.parse(readFileSync(join(folder.path, 'told.json'), 'utf8')), {
        args: ['$HOME; `id` "a" *'],
        env: {
          SIDELINE_ATHLETE: '7',
          SIDELINE_RULE: 'high-average',
          SIDELINE_EVENT: 'escalated',
          SIDELINE_SEVERITY: 'critical',
        },
        cwd: '/',
      });
    },
  ));

test('another exit code than 0, a signal and a program that is not there are errors with the reason', async () => {
  const cases: [readonly string[], RegExp][] = [
    [['/bin/sh', '-c', 'exit 3'], /^exit code 3$/],
    [['/bin/sh', '-c', 'kill -9 $$'], /^it was ended by SIGKILL$/],
    [['/nowhere/siren'], /^it could not be started \(.*ENOENT\)$/],
    [['/etc/passwd'], /^it could not be started \(.*EACCES\)$/],
  ];
  for (const [command, reason] of cases) {
    await withCommand(
      () => command,
      LONG_MS,
      async ({ siren, heard }) => {
        siren.respond(alertOf('7'));
        assert.match((await heard.until('response.failed'))[0]?.reason ?? '', reason);
      },
    );
  }
});

const byAthlete = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b));

test(
  'one that ignores SIGTERM is killed after its time, with what it has started, and the next one runs',
  options,
  () =>
    withCommand(
      (folder) => [
        '/bin/sh',
        '-c',
        // With the first athlete it hangs, and so does its child, in the same group.
        `if [ "$SIDELINE_ATHLETE" = 1 ]; then trap '' TERM; (trap '' TERM; while :; do /bin/sleep 1; done) & echo $$ $! > ${folder.path}/pids; while :; do /bin/sleep 1; done; fi`,
      ],
      // Long enough for a shell on a loaded machine to have written its numbers.
      2_000,
      async ({ siren, heard, folder }) => {
        siren.respond(alertOf('1'));
        siren.respond(alertOf('2'));
        const pids = (await untilThere(join(folder.path, 'pids'))).split(' ').map(Number);
        assert.equal(pids.length, 2);
        assert.ok(pids.every((pid) => !isGone(pid)));
        const [failed] = await heard.until('response.failed');
        assert.deepEqual(failed, {
          event: 'response.failed',
          response: 'siren',
          athlete: '1',
          rule: 'high-average',
          reason: 'it had not ended after 2 s and was killed',
        });
        while (!pids.every(isGone)) await sleep(5);
        assert.equal((await heard.until('response.done'))[0]?.athlete, '2');
      },
    ),
);

test('one at a time, in order; of more than eight that are equally grave the oldest is dropped and told', options, () =>
  withCommand(
    (folder) => [
      '/bin/sh',
      '-c',
      `echo $SIDELINE_ATHLETE >> ${folder.path}/order; while [ ! -e ${folder.path}/go ]; do /bin/sleep 0.05; done`,
    ],
    LONG_MS,
    async ({ siren, heard, folder }) => {
      for (let athlete = 0; athlete <= 10; athlete++) siren.respond(alertOf(String(athlete)));
      assert.deepEqual(
        heard.of('response.dropped').map(({ athlete }) => athlete),
        ['1', '2'],
      );
      await folder.file('go', '');
      await heard.until('response.done', 9);
      const order = readFileSync(join(folder.path, 'order'), 'utf8').trim().split('\n');
      assert.deepEqual(order, ['0', '3', '4', '5', '6', '7', '8', '9', '10']);
    },
  ),
);

test('a stop ends the run that is under way, and tells what it has not come to', options, () =>
  withCommand(
    (folder) => ['/bin/sh', '-c', `echo $$ > ${folder.path}/pid; while :; do /bin/sleep 1; done`],
    LONG_MS,
    async ({ siren, heard, folder }) => {
      siren.respond(alertOf('1'));
      siren.respond(alertOf('2'));
      const pid = Number(await untilThere(join(folder.path, 'pid')));
      await siren.stop();
      assert.ok(isGone(pid));
      const what = { event: 'response.dropped', response: 'siren', rule: 'high-average', reason: 'the gateway stops' };
      assert.deepEqual(heard.events.toSorted(byAthlete), [
        { ...what, athlete: '1' },
        { ...what, athlete: '2' },
      ]);
    },
  ),
);
