/**
 * A machine on which the built package is installed, with straps in range and a broker: the gateway as its services run
 * it, and everything else real too. The broker, the straps and the subscriber are outside of the machine, as in the
 * field, and do not go with its power.
 *
 * An athlete's id is the number of the strap.
 */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type StatusDocument, statusSchema } from '../../../src/system/status-document.ts';
import { Mosquitto } from '../../fixtures/mosquitto.ts';
import { builtPackage } from '../../fixtures/package.ts';
import { type ReceivedRecord, recordsOf, storedIds } from '../../fixtures/received.ts';
import { Subscriber } from '../../fixtures/subscriber.ts';
import { type Requirement, requires } from '../../requirements.ts';
import { VirtualRadio } from '../../virtual-radio/virtual-radio.ts';
import type { StrapOptions, VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { SystemdContainer } from './systemd-container.ts';

export const CORE = 'sideline.service';
export const STORE = '/var/lib/sideline/outbox.db';
export const GATEWAY = 'pitch-3';

/** In every name of the athletes file, and to be nowhere else. */
export const CANARY = 'Zwiebelfisch';

/** Nobody's heart rate is beyond it. */
export const CALM = { high: { kind: 'average', window: '60s', above: 220 } };

/** Where the machine, which has no network, finds what is outside: a port of its own leads to a socket in a folder of both. */
const DOORS = { broker: 1883, receiver: 8080 } as const;
type Door = keyof typeof DOORS;

/** Where webhooks are received. */
export const RECEIVER_URL = `http://127.0.0.1:${DOORS.receiver}/`;

/** Within this a test with an installed gateway is over, also where it builds the package first, or waits for who does. */
export const PATIENCE_MS = 900_000;

/** To be spread into the options of a test that has an installed gateway. */
export function requiresInstalling(...more: Requirement[]): { skip?: string } {
  return requires('systemd-nspawn', 'root', 'mosquitto', 'btvirt', 'cc', ...more);
}

/** The package that can be installed here, which is built if it is not there yet. Takes a minute then. */
export function packageOfThisMachine(): string {
  return builtPackage(process.arch === 'arm64' ? 'arm64' : 'amd64');
}

export interface InstalledGatewayOptions {
  /** The package that is installed; the one of this machine unless it is said. */
  readonly packagePath?: string;
  readonly straps: readonly StrapOptions[];
  /** What gateway.yaml has beside what it needs. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export class InstalledGateway {
  readonly container: SystemdContainer;
  readonly subscriber: Subscriber;
  readonly straps: readonly VirtualStrap[];
  readonly broker: Mosquitto;
  /** The unit of the one radio. */
  readonly radioUnit: string;
  readonly #doors: string;
  readonly #adapter: string;
  readonly #settings: Readonly<Record<string, unknown>>;

  /** The services run when the body begins. */
  static async with(
    { packagePath = packageOfThisMachine(), straps, settings = {} }: InstalledGatewayOptions,
    body: (gateway: InstalledGateway) => Promise<void>,
  ): Promise<void> {
    const doors = mkdtempSync(join(tmpdir(), 'sideline-doors-'));
    const broker = await Mosquitto.create({ more: [`listener 0 ${join(doors, 'broker')}`] });
    const subscriber = new Subscriber(broker.url);
    try {
      await broker.start();
      subscriber.start();
      await subscriber.subscribed();
      await VirtualRadio.with(async (radio) => {
        const { address } = await radio.addAdapter();
        const socket = address.slice('h4:unix:'.length);
        // For the radio's user.
        chmodSync(dirname(socket), 0o755);
        chmodSync(socket, 0o666);
        const shared = { '/air': dirname(socket), '/doors': doors };
        const all = await radio.addStraps(straps);
        await SystemdContainer.with({ shared }, async (container) => {
          const adapter = `h4:unix:/air/${basename(socket)}`;
          const gateway = new InstalledGateway({
            container,
            broker,
            subscriber,
            straps: all,
            doors,
            adapter,
            settings,
          });
          await gateway.#install(packagePath);
          await body(gateway);
        });
      });
    } finally {
      await subscriber.stop();
      await broker.remove();
      rmSync(doors, { recursive: true, force: true });
    }
  }

  private constructor(parts: {
    container: SystemdContainer;
    broker: Mosquitto;
    subscriber: Subscriber;
    straps: readonly VirtualStrap[];
    doors: string;
    adapter: string;
    settings: Readonly<Record<string, unknown>>;
  }) {
    this.container = parts.container;
    this.broker = parts.broker;
    this.subscriber = parts.subscriber;
    this.straps = parts.straps;
    this.#doors = parts.doors;
    this.#adapter = parts.adapter;
    this.#settings = parts.settings;
    this.radioUnit = `sideline-radio@${parts.adapter.replaceAll('-', '\\x2d').replaceAll('/', '-')}.service`;
  }

  /** Everything that has come to the broker's other side, in the order in which it came. */
  get received(): ReceivedRecord[] {
    return recordsOf(this.subscriber.messages);
  }

  /** Puts a package on the machine's disk and installs it, as somebody with a stick does. */
  async apt(packagePath: string, env: Readonly<Record<string, string>> = {}) {
    const path = join('/root', basename(packagePath));
    copyFileSync(packagePath, this.container.path(path));
    return await this.container.run('apt-get', ['install', '--yes', '--allow-downgrades', path], { env });
  }

  /** The socket outside that a port of the machine leads to. */
  door(door: Door): string {
    return join(this.#doors, door);
  }

  writeGatewayFile(more: Readonly<Record<string, unknown>> = {}): void {
    const settings = {
      gateway: GATEWAY,
      athletes: 'athletes.yaml',
      store: { path: STORE, max_size: '100MB' },
      radio: { adapters: [this.#adapter] },
      uplink: { kind: 'mqtt', url: 'mqtt://127.0.0.1:1883' },
      // Nobody tells this machine the time.
      clock: { trust: 'always' },
      ...this.#settings,
      ...more,
    };
    // JSON is YAML.
    this.container.write('/etc/sideline/gateway.yaml', JSON.stringify(settings));
  }

  writeAthletesFile(rules: Readonly<Record<string, unknown>>): void {
    const athletes = this.straps.map(({ name }) => ({
      id: name.slice(-2),
      name: `${CANARY} ${name.slice(-2)}`,
      strap: { name },
    }));
    this.container.write('/etc/sideline/athletes.yaml', JSON.stringify({ defaults: { rules }, athletes }));
  }

  /** What `sideline status --json` tells. */
  async status(): Promise<StatusDocument> {
    return statusSchema.parse(JSON.parse(await this.container.sure('sideline', ['status', '--json'])));
  }

  /** Resolves when the broker's other side has had so many more samples of every strap as these. */
  async untilReceived(count: number): Promise<void> {
    const before = this.subscriber.messages.length;
    await this.subscriber.waitFor((messages) => {
      const samples = recordsOf(messages.slice(before)).filter(({ kind }) => kind === 'samples');
      return this.straps.every(({ name }) => {
        return samples.filter(({ athlete }) => athlete === name.slice(-2)).length >= count;
      });
    });
  }

  /** Stops the core, and holds what has been received against what its store has: all of it, and nothing else. */
  async assertAllDelivered(): Promise<void> {
    await this.container.sure('systemctl', ['stop', CORE]);
    const stored = this.#storedIds();
    await this.subscriber.waitFor((messages) => new Set(recordsOf(messages).map(({ id }) => id)).size >= stored.size);
    assert.deepEqual(new Set(this.received.map(({ id }) => id)), stored);
  }

  /** SQLite follows links in paths, and those to the container's disk lead it astray. */
  #storedIds(): Set<string> {
    const folder = mkdtempSync(join(tmpdir(), 'sideline-store-'));
    try {
      for (const suffix of ['', '-wal']) {
        const path = this.container.path(`${STORE}${suffix}`);
        if (existsSync(path)) copyFileSync(path, join(folder, `store${suffix}`));
      }
      return storedIds(join(folder, 'store'), GATEWAY);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async #install(packagePath: string): Promise<void> {
    const { container } = this;
    for (const [door, port] of Object.entries(DOORS)) {
      const socket = `[Socket]\nListenStream=127.0.0.1:${port}\n[Install]\nWantedBy=sockets.target\n`;
      const service = `[Service]\nExecStart=/usr/lib/systemd/systemd-socket-proxyd /doors/${door}\n`;
      container.write(`/etc/systemd/system/${door}.socket`, socket);
      container.write(`/etc/systemd/system/${door}.service`, service);
      await container.sure('systemctl', ['enable', '--now', `${door}.socket`]);
    }
    // The manuals of all packages would be read anew.
    rmSync(container.path('/var/lib/man-db/auto-update'), { force: true });
    const installed = await this.apt(packagePath);
    assert.equal(installed.code, 0, `${installed.stdout}${installed.stderr}`);
    this.writeGatewayFile();
    this.writeAthletesFile(CALM);
    await container.sure('systemctl', ['disable', '--now', 'sideline-radio@hci0']);
    const started = await container.run('systemctl', ['enable', '--now', CORE, this.radioUnit]);
    const said = async () => (await container.journal(CORE)).map(({ MESSAGE }) => MESSAGE).join('\n');
    assert.equal(started.code, 0, started.code === 0 ? '' : await said());
  }
}
