import assert from 'node:assert/strict';
import { once } from 'node:events';
import { lstat, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StatusDocument, statusSchema } from '../../src/system/status-document.ts';
import { storedIds } from '../fixtures/received.ts';
import type { SidelineProcess } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const ATHLETES = `defaults:
  rules:
    any: { kind: average, window: 10s, above: 30 }
athletes:
  - { id: "7", name: Smith, strap: { address: "a0:9e:1a:00:00:07" } }
  - { id: "8", name: Jones, strap: { address: "a0:9e:1a:00:00:08" } }
`;

/** A folder with a configuration whose store a simulation can have; and a gateway is asked in it. */
class Bench {
  readonly folder: TemporaryFolder;
  readonly store: string;
  readonly socket: string;

  static async with(body: (bench: Bench) => Promise<void>, storeName = 'outbox.db'): Promise<void> {
    await TemporaryFolder.with(async (folder) => {
      await folder.file('athletes.yaml', ATHLETES);
      const uplink = '{ kind: mqtt, url: "mqtt://127.0.0.1:1" }';
      await folder.file(
        'gateway.yaml',
        `gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: ${storeName} }\nuplink: ${uplink}\n`,
      );
      await body(new Bench(folder, storeName));
    });
  }

  private constructor(folder: TemporaryFolder, storeName: string) {
    this.folder = folder;
    this.store = join(folder.path, storeName);
    this.socket = `${this.store}.status`;
  }

  async simulate(...args: string[]): Promise<SidelineProcess> {
    const gateway = this.folder.start('simulate', '--store', this.store, '--athletes', 'athletes.yaml', ...args);
    await gateway.loggedEvent('gateway.started');
    return gateway;
  }

  ask(...args: string[]) {
    return this.folder.start('status', '--config', 'gateway.yaml', ...args).ended();
  }

  async document(): Promise<StatusDocument> {
    const { code, stdout, stderr } = await this.ask('--json');
    assert.equal(code, 0, stderr);
    return statusSchema.parse(JSON.parse(stdout));
  }

  /** Asks until there is an answer: where others ask too, there may be none at first. */
  async documentAtLast(): Promise<StatusDocument> {
    let answer = await this.ask('--json');
    for (let i = 0; i < 20 && answer.code !== 0; i++) answer = await this.ask('--json');
    return statusSchema.parse(JSON.parse(answer.stdout));
  }

  /** Asks until the answer is as wanted. */
  async documentWith(wanted: (document: StatusDocument) => boolean): Promise<StatusDocument> {
    for (let i = 0; i < 100; i++) {
      const document = await this.document();
      if (wanted(document)) return document;
      await sleep(100);
    }
    assert.fail(`not as wanted: ${JSON.stringify(await this.document())}`);
  }
}

test('a running gateway tells how it is, without a name or a heart rate', () =>
  Bench.with(async (bench) => {
    const gateway = await bench.simulate('--speed', '20', '--no-faults');
    const document = await bench.documentWith(
      ({ athletes, uplinks, store }) =>
        athletes.every(({ openAlerts }) => openAlerts.length === 1) &&
        uplinks[0]?.sinceAcknowledgedMs !== undefined &&
        store.head > 0,
    );
    const { athletes, adapters, uplinks, store, gaps } = document;
    assert.deepEqual(
      athletes.map(({ id, signal, openAlerts }) => ({ id, signal, openAlerts })),
      ['7', '8'].map((id) => ({ id, signal: 'live', openAlerts: ['any'] })),
    );
    assert.ok(athletes.every(({ sinceReadingMs = Number.NaN }) => sinceReadingMs < 60_000));
    for (const { adapter, rssi = 0, sinceRssiMs = -1 } of athletes) {
      assert.deepEqual([adapter, rssi < -40, sinceRssiMs >= 0], ['simulated', true, true]);
    }
    assert.deepEqual(adapters, [{ adapter: 'simulated', state: 'ready' }]);
    assert.deepEqual([uplinks.length, uplinks[0]?.connected], [1, true]);
    assert.deepEqual([store.path, store.maxBytes, gaps], [bench.store, 2_000_000_000, []]);
    assert.ok((store.usedBytes ?? 0) > 10_000);
    assert.deepEqual([store.failing, store.damaged], [false, false]);
    assert.ok((uplinks[0]?.unacknowledgedBytes ?? -1) >= 0);

    const { code, stdout, stderr } = await bench.ask();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^simulator: 2 open alerts, heart rates of all 2 athletes\n/);
    assert.match(stdout, /^ {2}7 +live +\S.* any$/m);
    assert.match(stdout, /^ {2}uplink +connected {2}mqtt:\/\//m);
    assert.ok(!/Smith|Jones|bpm/i.test(stdout + JSON.stringify(document)));

    gateway.kill('SIGTERM');
    const ended = await gateway.ended();
    assert.equal(ended.code, 0, ended.stderr);
    const [epoch] = [...storedIds(bench.store, 'simulator')].map((id) => id.split('/')[1]);
    assert.equal(store.epoch, epoch);
  }));

test('what the ledger enters is added up by athlete and cause', () =>
  Bench.with(async (bench) => {
    const first = await bench.simulate('--speed', '20', '--no-faults', '--start', '2026-01-31T15:00:00Z');
    await bench.documentWith(({ store }) => store.head > 0);
    first.kill('SIGKILL');
    await first.ended();
    await bench.simulate('--speed', '20', '--no-faults', '--start', '2026-01-31T16:00:00Z');
    const { gaps } = await bench.documentWith((document) => document.gaps.some(({ open }) => !open));
    const [gap] = gaps.filter(({ open }) => !open);
    assert.deepEqual([gap?.cause, gap?.gaps, gap?.readings], ['gateway-stopped', 1, 0]);
    assert.ok((gap?.seconds ?? 0) > 3_000, `${gap?.seconds} s`);
  }));

test('a store that was found damaged is said, and what was lost of it is in the totals', () =>
  Bench.with(async (bench) => {
    const first = await bench.simulate('--speed', '20', '--no-faults', '--uplink', 'mqtt://127.0.0.1:1');
    await bench.documentWith(({ store }) => store.head > 100);
    first.kill('SIGTERM');
    await first.ended();
    const bytes = await readFile(bench.store);
    for (let at = bytes.indexOf('"detected"'); at !== -1; at = bytes.indexOf('"detected"', at + 1))
      bytes.write('D', at + 1);
    await writeFile(bench.store, bytes.fill(0xff, 0, 1_024));
    await bench.simulate('--speed', '20', '--no-faults');
    const { store, gaps } = await bench.documentWith((document) =>
      document.gaps.some(({ cause }) => cause === 'corrupted'),
    );
    assert.equal(store.damaged, true);
    assert.ok(gaps.some(({ athlete, cause, readings }) => athlete === '7' && cause === 'corrupted' && readings > 0));
    const { stdout } = await bench.ask();
    assert.match(stdout, /damage was found in it/);
  }));

test('where no gateway runs, it says where it asked and what to do, also after one was killed', () =>
  Bench.with(async (bench) => {
    const nobody = async () => {
      const { code, stdout, stderr } = await bench.ask();
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^sideline: no gateway is running on the store .*outbox\.db: nobody answers at .*\.status; start/,
      );
    };
    await nobody();
    const killed = await bench.simulate();
    assert.equal((await bench.ask()).code, 0);
    killed.kill('SIGKILL');
    await killed.ended();
    assert.ok((await lstat(bench.socket)).isSocket(), 'the killed one leaves its socket behind');
    await nobody();

    const next = await bench.simulate();
    assert.equal((await bench.document()).gateway, 'simulator');
    next.kill('SIGTERM');
    await next.ended();
    await assert.rejects(lstat(bench.socket), { code: 'ENOENT' });
    await nobody();
  }));

test('a second gateway that is refused takes the first one’s socket from nobody', () =>
  Bench.with(async (bench) => {
    await bench.simulate();
    const before = await bench.document();
    const second = bench.folder.start('simulate', '--store', bench.store);
    assert.equal((await second.ended()).code, 1);
    assert.equal((await bench.document()).store.epoch, before.store.epoch);
  }));

test('a gateway that is stopping answers no more: its store, and with it the place, may be another’s soon', () =>
  Bench.with(async (bench) => {
    // It lets a client connect and acknowledges nothing, so that a run which is over has something to wait for.
    const mute = createServer((socket) =>
      socket.once('data', () => socket.write(Buffer.of(0x20, 0x03, 0x00, 0x00, 0x00))),
    );
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const uplink = `mqtt://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const gateway = await bench.simulate('--uplink', uplink, '--speed', '20', '--duration', '60s');
    try {
      await gateway.loggedEvent('gateway.stopping');
      await assert.rejects(lstat(bench.socket), { code: 'ENOENT' });
      assert.ok(!gateway.log.some(({ event }) => event === 'gateway.stopped'), 'it is stopping still');
    } finally {
      await gateway.remove();
      mute.close();
    }
  }));

test('the daemon of a configuration answers too, and its socket is for its own user only', () =>
  Bench.with(async (bench) => {
    const gateway = bench.folder.start('run', '--config', 'gateway.yaml');
    await gateway.loggedEvent('gateway.started');
    const { gateway: name, uplinks, athletes } = await bench.document();
    assert.deepEqual([name, uplinks[0]?.connected, athletes.length], ['pitch-3', false, 2]);
    assert.equal((await stat(bench.socket)).mode & 0o777, 0o600);
    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended();
    assert.equal(code, 0, stderr);
  }));

test('a store whose socket would have too long a name has a gateway all the same, and both sides say so', () =>
  Bench.with(
    async (bench) => {
      const gateway = await bench.simulate();
      const { level, reason } = await gateway.loggedEvent('status.unavailable');
      assert.equal(level, 'warn');
      assert.match(String(reason), /too long for the name of a socket, which has at most 107 bytes/);
      const { code, stderr } = await bench.ask();
      assert.equal(code, 1);
      assert.match(stderr, /has at most 107 bytes, this one \d+; give the store in gateway.yaml a shorter path\n/);
    },
    `${'x'.repeat(100)}.db`,
  ));

test('what is no socket at its place is left alone, and both sides say so', () =>
  Bench.with(async (bench) => {
    await writeFile(bench.socket, 'mine');
    const gateway = await bench.simulate();
    assert.match(String((await gateway.loggedEvent('status.unavailable'))['reason']), /something that is no socket/);
    const { code, stderr } = await bench.ask();
    assert.equal(code, 1);
    assert.match(stderr, /something that is no socket; move it away/);
    assert.equal((await stat(bench.socket)).size, 4);
    gateway.kill('SIGTERM');
    await gateway.ended();
    assert.equal((await stat(bench.socket)).size, 4);

    await rm(bench.socket);
    await symlink('elsewhere', bench.socket);
    const next = await bench.simulate();
    await next.loggedEvent('status.unavailable');
    assert.ok((await lstat(bench.socket)).isSymbolicLink());
  }));

test('clients that never read, talk without end or come in crowds neither stop the answers nor the gateway', () =>
  Bench.with(async (bench) => {
    const gateway = await bench.simulate('--speed', '20');
    const hostile = Array.from({ length: 200 }, (_, i) => {
      const socket = connect(bench.socket);
      socket.on('error', () => {});
      if (i % 2 === 0) socket.pause();
      else socket.write(Buffer.alloc(1_000_000, 'x'));
      return socket;
    });
    try {
      const { store } = await bench.documentAtLast();
      await bench.documentWith((document) => document.store.head > store.head);
      // Nobody waits for those who do not read: each connection is over, whatever its client does.
      const last = hostile.at(0);
      last?.resume();
      if (last !== undefined && !last.closed) await once(last, 'close');
    } finally {
      for (const socket of hostile) socket.destroy();
    }
    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended();
    assert.equal(code, 0, stderr);
  }));

test('a gateway that hangs is not waited for for ever', () =>
  Bench.with(async (bench) => {
    const gateway = await bench.simulate();
    // It starts before it answers; one that never listened would be no gateway at all to who asks.
    await bench.documentAtLast();
    gateway.kill('SIGSTOP');
    const { code, stderr } = await bench.ask();
    gateway.kill('SIGCONT');
    assert.equal(code, 1);
    assert.match(stderr, /does not answer; it hangs, or is stopping: see its log/);
  }));

test('wrong usage and an invalid configuration have exit codes of their own', () =>
  Bench.with(async (bench) => {
    assert.equal((await bench.folder.start('status', '--confg', 'x').ended()).code, 2);
    assert.equal((await bench.folder.start('status', '--config', 'gateway.yaml', '--every', '1').ended()).code, 2);
    await bench.folder.file('gateway.yaml', 'gateway: pitch-3\n');
    const { code, stderr } = await bench.ask();
    assert.equal(code, 78);
    assert.match(stderr, /^gateway\.yaml:1:1: /);
  }));
