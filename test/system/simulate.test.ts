import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { readAll } from '../contract/outbox.ts';
import { SidelineProcess, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { programPath, requires } from '../requirements.ts';

async function recordsIn(path: string) {
  const outbox = SqliteOutbox.openHere({ path, maxBytes: 1e9, bootId: 'test', uplinks: ['test'] });
  try {
    return {
      samples: (await readAll(outbox, 'samples', 500, 'test')).map(({ seq: _, ...sample }) => sample),
      alerts: (await readAll(outbox, 'alerts', 100, 'test')).map(({ seq: _, ...record }) => record),
      gaps: (await readAll(outbox, 'gaps', 100, 'test')).map(({ seq: _, ...record }) => record),
    };
  } finally {
    await outbox.close();
  }
}

test('one seed gives the same readings, alerts and gaps at any speed, and another seed gives others', () =>
  TemporaryFolder.with(async (folder) => {
    const run = async (name: string, seed: number, speed: number) => {
      const path = join(folder.path, name);
      const timing = ['--start', '2026-01-31T15:00:00Z', '--duration', '12m', '--speed', String(speed)];
      const { code, stderr } = await sideline(
        'simulate',
        '--seed',
        String(seed),
        '--count',
        '5',
        '--store',
        path,
        ...timing,
      );
      assert.equal(code, 0, stderr);
      assert.ok(!stderr.includes('store.stalled'), 'however fast, time waits for the disk');
      return await recordsIn(path);
    };
    const [first, again, other] = [await run('a.db', 1, 400), await run('b.db', 1, 3000), await run('c.db', 2, 3000)];
    assert.ok(first.samples.length > 3000, `${first.samples.length} samples`);
    assert.ok(first.alerts.length + first.gaps.length > 0);
    assert.deepEqual(again, first);
    assert.notDeepEqual(other.samples, first.samples);
  }));

test('without a terminal the simulator logs JSON lines to stderr, prints nothing, and leaves nothing behind', async () =>
  TemporaryFolder.with(async (folder) => {
    const gateway = new SidelineProcess(['simulate', '--speed', '100', '--duration', '90s'], {
      env: { TMPDIR: folder.path },
    });
    const { code, stdout, stderr } = await gateway.ended();
    assert.deepEqual([code, stdout], [0, '']);
    assert.equal(gateway.log.length, stderr.trim().split('\n').length);
    for (const event of ['gateway.started', 'uplink.connected', 'strap.subscribed', 'gateway.stopped']) {
      assert.ok(
        gateway.log.some((line) => line.event === event),
        event,
      );
    }
    assert.deepEqual(await folder.names(), []);
  }));

test('on a terminal there is one table, and a key cuts and restores the uplink', requires('script'), () =>
  TemporaryFolder.with(async (folder) => {
    const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli', 'main.js');
    const command = `stty rows 40 columns 120; exec ${process.execPath} ${program} simulate --speed 20 --count 4`;
    const terminal = spawn(programPath('script'), ['-qfec', command, '/dev/null'], {
      cwd: folder.path,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, TERM: 'xterm', FORCE_COLOR: '1' },
    });
    let screen = '';
    terminal.stdout.on('data', (data) => {
      screen += String(data);
    });
    /** Resolves when a picture drawn from now on has this in it. */
    const shows = async (wanted: RegExp) => {
      const from = screen.length;
      for (let i = 0; i < 3000; i++) {
        if (wanted.test(stripVTControlCharacters(screen.slice(from)))) return;
        await sleep(20);
      }
      assert.fail(`${wanted} is not shown:\n${stripVTControlCharacters(screen.slice(-3000))}`);
    };
    try {
      await shows(/1 {2}Alex Ashby +\d+ +live/);
      await shows(/uplink +connected/);
      terminal.stdin.write('u');
      await shows(/uplink +down, storing/);
      await shows(/backlog +[1-9]\d* samples/);
      await shows(/u {2}restore the uplink/);
      terminal.stdin.write('u');
      await shows(/uplink +connected/);
      await shows(/backlog +0 samples/);
      terminal.stdin.write('q');
      const [code] = (await once(terminal, 'close')) as [number];
      assert.equal(code, 0);
      assert.ok(screen.includes('\u001b[?1049l'), 'the terminal is given back');
    } finally {
      terminal.kill('SIGKILL');
    }
  }),
);
