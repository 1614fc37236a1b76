import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { Changes } from '../fixtures/changes.ts';
import { type Ended, SidelineProcess, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { programPath, requires } from '../requirements.ts';
import { polarData } from '../virtual-radio/advertisement.ts';
import type { VirtualAdapter } from '../virtual-radio/virtual-adapter.ts';
import { VirtualRadio } from '../virtual-radio/virtual-radio.ts';

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
athletes:
  - id: "7"
    name: J. Smith
    strap: { address: "c0:9e:1a:00:00:07" }
  - id: "8"
    strap: { name: "Polar Verity 0000AB08" }
  - id: "9"
    strap: { name: "Polar H10 00000009" }
`;

/** Athlete 7's and 8's, and nobody's; none is athlete 9's. */
const STRAPS = [
  { name: 'Polar H10 00000007', address: 'c0:9e:1a:00:00:07' },
  { name: 'Polar Verity 0000AB08', address: '5a:9e:1a:00:00:08' },
  { name: 'Polar H10 00000001', address: 'c0:9e:1a:00:00:01' },
] as const;

/** Long enough for straps that advertise five times a second, on a machine with much else to do. */
const DURATION = '4s';

interface Found {
  readonly adapters: readonly { readonly adapter: string; readonly state: string; readonly reason?: string }[];
  readonly straps: readonly {
    readonly address: string;
    readonly athletes: readonly string[];
    readonly broadcasts: boolean;
    readonly linked: boolean;
    readonly rssi?: number;
    readonly line?: string;
  }[];
  readonly notHeard: readonly string[];
}

const needs = requires('btvirt', 'cc');

async function configured(folder: TemporaryFolder, adapters: readonly string[]): Promise<string> {
  await folder.file('athletes.yaml', ATHLETES);
  return await folder.file(
    'gateway.yaml',
    `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
radio: { adapters: ${JSON.stringify(adapters)} }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }
`,
  );
}

function foundIn({ stdout }: Ended): Found {
  return JSON.parse(stdout) as Found;
}

/** How often a host has begun anew with it. */
function resets({ commands }: VirtualAdapter): number {
  return commands.filter(({ opcode }) => opcode === 0x0c03).length;
}

test('scan tells which straps are in range, how well they are heard, and whose they are', needs, () =>
  VirtualRadio.with((radio) =>
    TemporaryFolder.with(async (folder) => {
      const adapter = await radio.addAdapter();
      const straps = await radio.addStraps(STRAPS);
      straps[1].advertise({ name: straps[1].name, manufacturerData: polarData({ bpm: 163, frameCounter: 1 }) });
      adapter.hear(straps[2].address, -83);
      const config = await configured(folder, [adapter.address]);
      const env = { TMPDIR: folder.path };
      const ended = await new SidelineProcess(['scan', '--config', config, '--duration', DURATION, '--json'], {
        env,
      }).ended();
      assert.deepEqual([ended.code, ended.stderr], [0, '']);
      const { adapters, straps: found, notHeard } = foundIn(ended);
      assert.deepEqual(adapters, [{ adapter: adapter.address, state: 'ready' }]);
      assert.deepEqual(
        found.map(({ address, athletes, rssi, broadcasts }) => [address, athletes, rssi, broadcasts]),
        [
          ['c0:9e:1a:00:00:07', ['7'], -60, false],
          ['5a:9e:1a:00:00:08', ['8'], -60, true],
          ['c0:9e:1a:00:00:01', [], -83, false],
        ],
      );
      assert.deepEqual(found[2]?.line, '- { id: "…", strap: { address: "c0:9e:1a:00:00:01" } }');
      assert.deepEqual(notHeard, ['9']);
      assert.doesNotMatch(ended.stdout, /Smith|163/);
      assert.deepEqual(await folder.names(), ['athletes.yaml', 'gateway.yaml'], 'nothing is left behind');

      const text = await sideline('scan', '--config', config, '--duration', DURATION);
      assert.equal(text.code, 0, text.stderr);
      assert.deepEqual(
        text.stdout
          .trim()
          .split('\n')
          .map((line) => line.replace(/ {2,}/g, '  ')),
        [
          'c0:9e:1a:00:00:07  Polar H10 00000007  -60 dBm  athlete 7',
          '5a:9e:1a:00:00:08  Polar Verity 0000AB08  -60 dBm  broadcasts  athlete 8',
          'c0:9e:1a:00:00:01  Polar H10 00000001  -83 dBm  - { id: "…", strap: { address: "c0:9e:1a:00:00:01" } }',
        ],
      );
      assert.equal(text.stderr, 'sideline: not heard: the straps of athlete 9\n');
    }),
  ),
);

test('scan beside a running gateway asks its worker, and the readings go on', needs, () =>
  VirtualRadio.with((radio) =>
    TemporaryFolder.with(async (folder) => {
      const adapter = await radio.addAdapter();
      const [first, second, stranger] = await radio.addStraps(STRAPS);
      const config = await configured(folder, [adapter.address]);
      const gateway = folder.start('run', '--config', config);
      for (const strap of [first, second]) await strap.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
      const before = resets(adapter);

      // Without the configuration too: it is the adapter that counts.
      for (const whose of [
        ['--config', config],
        ['--adapter', adapter.address],
      ]) {
        const ended = await sideline('scan', ...whose, '--duration', DURATION, '--json');
        assert.equal(ended.code, 0, ended.stderr);
        assert.deepEqual(
          foundIn(ended)
            .straps.map(({ address, linked }) => [address, linked])
            .sort(),
          [
            [first.address, true],
            [second.address, true],
            [stranger.address, false],
          ].sort(),
        );
      }

      assert.deepEqual([resets(adapter), adapter.hosts], [before, 1], 'nobody else has used the adapter');
      const { confirmed } = first.counts;
      await first.until(({ counts }) => counts.confirmed >= confirmed + 2, 'goes on sending');
      const events = new Set(gateway.log.map(({ event }) => event));
      for (const event of ['strap.lost', 'radio.adapter-lost', 'radio.dropped']) assert.ok(!events.has(event), event);
      gateway.kill('SIGTERM');
      assert.equal((await gateway.ended()).code, 0);
    }),
  ),
);

test('a scan that is interrupted says what it has heard, and frees the adapter', needs, () =>
  VirtualRadio.with((radio) =>
    TemporaryFolder.with(async (folder) => {
      const adapter = await radio.addAdapter();
      await radio.addStraps([STRAPS[0]]);
      const scan = folder.start('scan', '--adapter', adapter.address, '--duration', '1h');
      await adapter.until(({ isScanning }) => isScanning, 'scans');
      const heard = adapter.commands.length;
      scan.kill('SIGINT');
      const { code, stderr } = await scan.ended();
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(!adapter.isScanning);
      assert.ok(adapter.commands.length > heard, 'the controller was told to stop');
    }),
  ),
);

test('an adapter that cannot be used is told with its remedy, and those that can are used all the same', needs, () =>
  VirtualRadio.with(async (radio) => {
    const adapter = await radio.addAdapter();
    const [strap] = await radio.addStraps([STRAPS[0]]);
    const dead = 'h4:unix:/none/such';
    const alone = await sideline('scan', '--adapter', dead);
    assert.deepEqual([alone.code, alone.stdout], [1, '']);
    assert.match(
      alone.stderr,
      /^sideline: h4:unix:\/none\/such: no Bluetooth controller at .*: start what offers the controller/,
    );
    const both = await sideline('scan', '--adapter', dead, adapter.address, '--duration', DURATION, '--json');
    assert.equal(both.code, 1);
    assert.match(both.stderr, /no Bluetooth controller at \/none\/such/);
    const { adapters, straps } = foundIn(both);
    assert.deepEqual(
      adapters.map(({ adapter: name, state }) => [name, state]),
      [
        [dead, 'lost'],
        [adapter.address, 'ready'],
      ],
    );
    assert.deepEqual(
      straps.map(({ address }) => address),
      [strap.address],
    );
  }),
);

test('wrong usage of scan is told as such', async () => {
  for (const args of [['--adapter', 'hcix'], ['--duration', '5'], ['--duration', '0s'], ['--nonsense']]) {
    const { code, stdout } = await sideline('scan', ...args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
  }
  assert.match((await sideline('scan', '--adapter', 'hcix')).stderr, /names no adapter; write hci0, h4:unix:/);
  assert.equal((await sideline('scan', '--config', '/none/such.yaml')).code, 78);
});

test('on a terminal scan is a live list, whose lines are left to copy', requires('btvirt', 'cc', 'script'), () =>
  VirtualRadio.with(async (radio) => {
    const adapter = await radio.addAdapter();
    const [strap] = await radio.addStraps([STRAPS[0]]);
    const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli', 'main.js');
    const command = `stty rows 24 columns 100; exec ${process.execPath} ${program} scan --adapter ${adapter.address}`;
    const terminal = spawn(programPath('script'), ['-qfec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, TERM: 'xterm' },
    });
    const changes = new Changes();
    let screen = '';
    terminal.stdout.on('data', (data) => {
      screen += String(data);
      changes.happened();
    });
    /** A picture drawn from now on has this in it. */
    const shows = async (wanted: RegExp) => {
      const from = screen.length;
      const shown = () => stripVTControlCharacters(screen.slice(from));
      await changes.until(() => wanted.test(shown()), `${wanted} is shown`);
    };
    try {
      await shows(/c0:9e:1a:00:00:07 {2}Polar H10 00000007 +-60 dBm/);
      await shows(/for the athletes file/);
      strap.vanish();
      await shows(/silent for \d+ s/);
      terminal.stdin.write('q');
      const [code] = (await once(terminal, 'close')) as [number];
      assert.equal(code, 0);
      const left = screen.split('\u001b[?1049l')[1];
      assert.match(left ?? '', /- \{ id: "…", strap: \{ address: "c0:9e:1a:00:00:07" \} \}/);
    } finally {
      terminal.kill('SIGKILL');
    }
  }),
);
