import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { statusSchema } from '../../src/system/status-document.ts';
import { type Family, figure, readExposition } from '../fixtures/exposition.ts';
import { freePort } from '../fixtures/free-port.ts';
import { FreezingDisk } from '../fixtures/freezing-disk.ts';
import { Mosquitto } from '../fixtures/mosquitto.ts';
import type { SidelineProcess } from '../fixtures/sideline-process.ts';
import { StalledSync } from '../fixtures/stalled-sync.ts';
import { type Arrived, Subscriber } from '../fixtures/subscriber.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';

/** Whose names, ids and straps are easily told from everything else. */
const ATHLETES = `defaults:
  rules:
    canary-rule: { kind: average, window: 10s, above: 30, severity: critical }
athletes:
  - { id: canary-seven, name: Canary Smith, strap: { address: "a0:9e:1a:ca:ca:07" } }
  - { id: canary-eight, name: Canary Jones, strap: { address: "a0:9e:1a:ca:ca:08" } }
`;

const LABELS = new Set('version node signal severity adapter cause event kind uplink outcome level le'.split(' '));

interface Asked {
  readonly status: number;
  readonly text: string;
}

class Bench {
  readonly folder: TemporaryFolder;
  readonly port: number;
  readonly store: string;

  static async with(body: (bench: Bench) => Promise<void>): Promise<void> {
    await TemporaryFolder.with(async (folder) => {
      const bench = new Bench(folder, await freePort());
      await folder.file('athletes.yaml', ATHLETES);
      await bench.configure(`127.0.0.1:${bench.port}`);
      await body(bench);
    });
  }

  private constructor(folder: TemporaryFolder, port: number) {
    this.folder = folder;
    this.port = port;
    this.store = join(folder.path, 'outbox.db');
  }

  async configure(listen: string): Promise<void> {
    await this.folder.file(
      'gateway.yaml',
      `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }
metrics: { listen: "${listen}" }
`,
    );
  }

  async simulate(...more: string[]): Promise<SidelineProcess> {
    const where = ['--store', this.store, '--athletes', 'athletes.yaml', '--metrics', `127.0.0.1:${this.port}`];
    const gateway = this.folder.start('simulate', ...where, '--speed', '20', '--no-faults', ...more);
    await gateway.loggedEvent('metrics.listening');
    return gateway;
  }

  async ask(path: string): Promise<Asked> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  async askUntil(path: string, wanted: (answer: Asked) => boolean): Promise<Asked> {
    for (let i = 0; i < 150; i++) {
      const answer = await this.ask(path);
      if (wanted(answer)) return answer;
      await sleep(200);
    }
    assert.fail(`not as wanted: ${JSON.stringify(await this.ask(path))}`);
  }

  async metrics(): Promise<Family[]> {
    const { status, text } = await this.ask('/metrics');
    assert.equal(status, 200, text);
    return readExposition(text);
  }

  /** Asks until the answer is as wanted. */
  async metricsWith(wanted: (families: Family[]) => boolean): Promise<Family[]> {
    for (let i = 0; i < 150; i++) {
      const families = await this.metrics();
      if (wanted(families)) return families;
      await sleep(200);
    }
    assert.fail(`not as wanted:\n${(await this.ask('/metrics')).text}`);
  }
}

test('what the metrics say is what came, what was stored, and what the broker has got', requires('mosquitto'), () =>
  Bench.with(async (bench) => {
    const broker = await Mosquitto.create();
    await broker.start();
    const subscriber = new Subscriber(broker.url, { filter: 'iot/heartrate/+/samples' });
    subscriber.start();
    try {
      await subscriber.subscribed();
      await bench.simulate('--uplink', broker.url);
      const kind = 'samples';
      const uplink = 'primary';
      const families = await bench.metricsWith(
        (each) => figure(each, 'sideline_uplink_records_delivered_total', { uplink, kind }) > 200,
      );
      const received = figure(families, 'sideline_readings_received_total');
      const stored = figure(families, 'sideline_records_stored_total', { kind });
      const delivered = figure(families, 'sideline_uplink_records_delivered_total', { uplink, kind });
      const backlog = figure(families, 'sideline_backlog_records', { uplink, kind });
      assert.ok(received >= stored && stored >= delivered, `${received}, ${stored}, ${delivered}`);
      assert.equal(stored - delivered, backlog);
      const got = (messages: readonly Arrived[]) => messages.map(samplesIn).reduce((sum, count) => sum + count, 0);
      await subscriber.waitFor((messages) => got(messages) >= delivered);

      assert.equal(figure(families, 'sideline_uplink_connected', { uplink }), 1);
      assert.equal(figure(families, 'sideline_athletes', { signal: 'live' }), 2);
      assert.equal(figure(families, 'sideline_radio_adapter_ready', { adapter: 'simulated' }), 1);
      const settled = figure(families, 'sideline_uplink_messages_settled_total', { uplink, outcome: 'acknowledged' });
      assert.equal(figure(families, 'sideline_uplink_acknowledgement_seconds_count', { uplink }), settled);
      assert.ok(figure(families, 'sideline_uplink_sent_bytes_total', { uplink }) > 50 * delivered);
      assert.ok(figure(families, 'sideline_process_resident_memory_bytes') > 20_000_000);

      const before = figure(families, 'sideline_alert_events_total', { event: 'raised' });
      const { stdout } = await bench.folder.start('status', '--config', 'gateway.yaml', '--json').ended();
      const { store, uptimeMs } = statusSchema.parse(JSON.parse(stdout));
      assert.ok(store.head >= stored + before, 'what was stored has numbers');
      assert.ok(uptimeMs / 1000 >= figure(families, 'sideline_uptime_seconds'));
      assert.equal(figure(families, 'sideline_store_limit_bytes'), store.maxBytes);
    } finally {
      await subscriber.stop();
      await broker.remove();
    }
  }),
);

test('without names, ids of athletes or straps, and with labels of few values only', () =>
  Bench.with(async (bench) => {
    await bench.simulate();
    await bench.metricsWith((families) => figure(families, 'sideline_alerts_open', { severity: 'critical' }) === 2);
    const { text } = await bench.ask('/metrics');
    assert.ok(!/canary|smith|jones|ca:?ca|bpm|heart_rate/i.test(text), text);
    const families = readExposition(text);
    for (const { name, figures } of families) {
      assert.match(name, /^sideline_/);
      for (const { labels } of figures) for (const label of Object.keys(labels)) assert.ok(LABELS.has(label), label);
    }
    assert.ok(families.length > 30);
  }));

test('the daemon of a configuration answers where it says, and its health', () =>
  Bench.with(async (bench) => {
    const gateway = bench.folder.start('run', '--config', 'gateway.yaml');
    const { url } = await gateway.loggedEvent('metrics.listening');
    assert.equal(url, `http://127.0.0.1:${bench.port}/metrics`);
    const families = await bench.metrics();
    assert.equal(figure(families, 'sideline_uplink_connected', { uplink: 'primary' }), 0);
    assert.equal(figure(families, 'sideline_athletes', { signal: 'searching' }), 2);
    assert.equal(figure(families, 'sideline_log_events_total', { event: 'gateway.started', level: 'info' }), 1);
    assert.deepEqual(await bench.ask('/healthz'), { status: 200, text: 'ok\n' });
    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended();
    assert.equal(code, 0, stderr);
  }));

test(
  'the health is 503 with the reason while the pipeline stands still, and 200 once it goes on',
  requires('strace', 'root'),
  () =>
    Bench.with(async (bench) => {
      const gateway = await bench.simulate();
      await bench.metricsWith((families) => figure(families, 'sideline_store_commits_total') > 3);
      assert.deepEqual(await bench.ask('/healthz'), { status: 200, text: 'ok\n' });
      const stall = new StalledSync(gateway.pid);
      try {
        await gateway.loggedEvent('gateway.stuck');
        const { status, text } = await bench.askUntil('/healthz', (answer) => answer.status !== 200);
        assert.equal(status, 503);
        assert.match(text, /^store has not gone on for \d+ s\n/);
        // It stands beside the pipeline, and can say so for that reason.
        const families = await bench.metrics();
        assert.equal(figure(families, 'sideline_log_events_total', { event: 'gateway.stuck', level: 'error' }), 1);
      } finally {
        await stall.release();
      }
      await bench.askUntil('/healthz', (answer) => answer.status === 200);
    }),
);

test('a disk that hangs holds up no answer', requires('root'), () =>
  Bench.with(async (bench) => {
    const disk = new FreezingDisk(join(bench.folder.path, 'disk'));
    const gateway = await bench.simulate('--store', join(disk.path, 'outbox.db'));
    const commits = (families: Family[]) => figure(families, 'sideline_store_commits_total');
    try {
      await bench.metricsWith((families) => commits(families) > 3);
      disk.freeze();
      try {
        // A page is given for a quarter of a second, and what is under way when it freezes may still count.
        await sleep(1_000);
        const first = await bench.metricsWith((each) => figure(each, 'sideline_store_pending_records') > 0);
        for (let i = 0; i < 10; i++) {
          const families = await bench.metrics();
          assert.ok(commits(families) <= commits(first) + 1);
          assert.ok(figure(families, 'sideline_store_size_bytes') > 0);
          assert.equal((await bench.ask('/healthz')).status, 200, 'a restart would not mend it');
          await sleep(300);
        }
      } finally {
        disk.thaw();
      }
      const before = commits(await bench.metrics());
      await bench.metricsWith((families) => commits(families) > before + 3);
    } finally {
      await gateway.remove();
      disk.remove();
    }
  }),
);

test('what the daemon leaves out of its log is told at the end at the latest, and is in the metrics', () =>
  Bench.with(async (bench) => {
    const gateway = bench.folder.start('run', '--config', 'gateway.yaml');
    await gateway.loggedEvent('gateway.started');
    // Twenty of its problems are told each time that it is looked at.
    await bench.folder.file('athletes.yaml', `athletes:\n${'  - {}\n'.repeat(30)}`);
    const rejected = () => gateway.log.filter(({ event }) => event === 'athletes.rejected').length;
    for (let times = 1; times <= 4; times++) {
      gateway.kill('SIGHUP');
      await gateway.logged(() => rejected() >= times, `rejected ${times} times`);
    }
    const families = await bench.metrics();
    const counted = figure(families, 'sideline_log_events_total', { event: 'athletes.problem' });
    gateway.kill('SIGTERM');
    assert.equal((await gateway.ended()).code, 0);
    const lines = gateway.log.filter(({ event }) => event === 'athletes.problem').length;
    const leftOut = gateway.log.filter(({ event }) => event === 'log.left-out');
    const more = leftOut.reduce((sum, { count }) => sum + Number(count), 0);
    assert.deepEqual([...new Set(leftOut.map(({ of, level }) => `${of} ${level}`))], ['athletes.problem error']);
    assert.ok(more > 0 && counted >= 80, `${lines} lines, ${more} more, ${counted} counted`);
    assert.equal(lines + more, 20 * rejected());
  }));

test('a port that is taken keeps no gateway from running', () =>
  Bench.with(async (bench) => {
    const other = createServer().listen(bench.port, '127.0.0.1');
    await once(other, 'listening');
    try {
      const gateway = bench.folder.start('run', '--config', 'gateway.yaml');
      const { level, at, reason } = await gateway.loggedEvent('metrics.unavailable');
      assert.deepEqual([level, at], ['warn', `127.0.0.1:${bench.port}`]);
      assert.match(String(reason), /EADDRINUSE/);
      await gateway.loggedEvent('gateway.started');
      gateway.kill('SIGTERM');
      const { code, stderr } = await gateway.ended();
      assert.equal(code, 0, stderr);
    } finally {
      other.close();
    }
  }));

test('an address that others can reach is refused by check and by the daemon, with its place', () =>
  Bench.with(async (bench) => {
    await bench.configure('0.0.0.0:9464');
    // What the daemon says may be kept by whoever reads along, so it quotes nothing of the file.
    for (const [command, quoted] of [
      ['check', '0\\.0\\.0\\.0:9464'],
      ['run', '…'],
    ] as const) {
      const { code, stderr } = await bench.folder.start(command, '--config', 'gateway.yaml').ended();
      assert.equal(code, 78);
      const told = `^gateway\\.yaml:5:20: "listen" in "metrics" is "${quoted}", which others than this`;
      assert.match(stderr, new RegExp(told, 'm'));
    }
    const { code, stderr } = await bench.folder.start('simulate', '--metrics', '0.0.0.0:9464').ended();
    assert.equal(code, 2);
    assert.match(stderr, /others than this machine can reach/);
  }));

function samplesIn({ payload }: Arrived): number {
  return (JSON.parse(payload.toString()) as { samples: unknown[] }).samples.length;
}
