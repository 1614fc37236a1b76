/**
 * A Pi of the pages, in a folder: commands are run with every absolute path under that folder, as the user of the test,
 * and `systemctl stop` or `start` of the gateway's service stops or starts a gateway with simulated athletes, who are
 * beyond every limit.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LogLine, SidelineProcess } from '../fixtures/sideline-process.ts';
import type { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { ROOT } from './markdown.ts';
import { commandsOf } from './shell-words.ts';

/** They need nothing but files. */
const RUN = new Set(['sideline', 'tar', 'mkdir', 'mv', 'rm']);

/** They need a Pi, its systemd, its users, a network or a person; what they name is checked, and nothing is run. */
const NOT_RUN = new Set([
  ...[
    'adduser',
    'apt',
    'chmod',
    'chown',
    'curl',
    'dpkg',
    'grep',
    'install',
    'journalctl',
    'npm',
    'rfkill',
    'scp',
    'ssh',
  ],
  ...['sudoedit', 'systemctl', 'systemd-creds', 'timedatectl', 'umask'],
]);

/** They wait for straps that are worn, or for an answer. */
const NEED_STRAPS = ['--athletes', '--bundle'];

/** Commands that a running gateway answers, once there is an alert; it starts while the page is read on. */
const ASK_GATEWAY = new Set(['status', 'acknowledge', 'snooze']);
const TRIES = 300;
const PAUSE_MS = 100;

/** A finding on the machine that runs the tests is no fault of the page. */
const MAY_FAIL = new Set(['doctor']);

const DAMAGED = '.damaged-1';

/** A broker of the pages is nobody's, and is not to be looked for in the network of whoever runs the tests. */
const BROKER = /mqtt:\/\/192\.168\.1\.20:1883/g;
const NO_BROKER = 'mqtt://127.0.0.1:1';

/** The simulated time of the first start, within the match that the pages speak of. */
const FIRST_START_MS = Date.parse('2026-11-21T14:00:00Z');
const HOUR_MS = 3_600_000;

/** Longer than anything that passes. */
const PATIENCE_MS = 180_000;

export class ScratchGateway {
  readonly #folder: TemporaryFolder;
  readonly #services: SidelineProcess[] = [];
  #service: SidelineProcess | undefined;
  #isStopped = false;
  #starts = 0;

  static async in(folder: TemporaryFolder): Promise<ScratchGateway> {
    for (const path of ['bin', 'home', 'etc/sideline', 'var/lib/sideline']) {
      await mkdir(join(folder.path, path), { recursive: true });
    }
    await symlink(join(ROOT, 'dist', 'src', 'cli', 'main.js'), join(folder.path, 'bin', 'sideline'));
    return new ScratchGateway(folder);
  }

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  /** The stores that its gateways have found damaged: no page may lead to one. */
  get damagedStores(): LogLine[] {
    return this.#services.flatMap((service) => service.log).filter(({ event }) => event === 'store.quarantined');
  }

  async write(path: string, text: string): Promise<void> {
    const place = this.#placeOf(path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text.replaceAll('/var/lib/', `${this.#folder.path}/var/lib/`).replace(BROKER, NO_BROKER));
  }

  /**
   * Runs one line of a page.
   *
   * @returns what it wrote to stdout; undefined where it cannot be run here
   * @throws Error where it fails, or nobody has said whether it can be run
   */
  async run(words: readonly string[]): Promise<string | undefined> {
    let output: string | undefined;
    for (const [program = '', ...args] of commandsOf(words)) {
      if (program === 'systemctl') await this.#systemctl(args);
      else if (program === 'sideline' && !isRunnable(args)) continue;
      else if (RUN.has(program)) output = await this.#runProgram(program, args);
      else if (!NOT_RUN.has(program)) throw new Error(`nobody has said whether ${program} can be run in a test`);
    }
    return output;
  }

  async #runProgram(program: string, args: readonly string[]): Promise<string> {
    const [command = ''] = program === 'sideline' ? args : [];
    if (!ASK_GATEWAY.has(command)) return await this.#once(program, args);
    if (!this.#isStopped) await this.#start();
    for (let left = TRIES; ; left--) {
      try {
        return await this.#once(program, args);
      } catch (error) {
        if (left === 0) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  async #once(program: string, args: readonly string[]): Promise<string> {
    const { path } = this.#folder;
    const env = {
      ...process.env,
      PATH: `${join(path, 'bin')}:${process.env['PATH'] ?? ''}`,
      CONFIGURATION_DIRECTORY: join(path, 'etc', 'sideline'),
      // Not to reach a gateway that is a service of the machine that runs the tests.
      RUNTIME_DIRECTORY: join(path, 'run', 'sideline'),
    };
    const placed = args.map((arg) => (arg.startsWith('/') ? this.#placeOf(arg) : arg));
    for (const place of placed) if (place.endsWith(DAMAGED) && !existsSync(place)) await damage(place);
    const running = promisify(execFile)(program, placed, { cwd: join(path, 'home'), env, timeout: PATIENCE_MS });
    try {
      return this.#asOnAPi((await running).stdout);
    } catch (error) {
      const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
      if (code === 1 && program === 'sideline' && MAY_FAIL.has(args[0] ?? '')) return this.#asOnAPi(stdout);
      throw new Error(`it ended with ${String(code)}:\n${stdout}${stderr}`, { cause: error });
    }
  }

  async #systemctl([verb, ...units]: readonly string[]): Promise<void> {
    if (!units.includes('sideline')) return;
    if (verb === 'stop' || verb === 'restart') {
      this.#service?.kill('SIGTERM');
      await this.#service?.ended();
      this.#service = undefined;
      this.#isStopped = true;
    }
    if (verb === 'start' || verb === 'restart') await this.#start();
  }

  async #start(): Promise<void> {
    this.#isStopped = false;
    if (this.#service !== undefined) return;
    const file = join(this.#folder.path, 'etc', 'sideline', 'athletes.yaml');
    const beyond = (await readFile(file, 'utf8')).replaceAll(/above: [^,}]+/g, 'above: 30');
    const athletes = await this.#folder.file('beyond-their-limits.yaml', beyond);
    const start = new Date(FIRST_START_MS + this.#starts * HOUR_MS).toISOString();
    this.#starts++;
    const store = this.#placeOf('/var/lib/sideline/outbox.db');
    const args = ['--athletes', athletes, '--store', store, '--start', start, '--speed', '30', '--no-faults'];
    this.#service = this.#folder.start('simulate', ...args);
    this.#services.push(this.#service);
    await this.#service.loggedEvent('gateway.started');
  }

  #asOnAPi(output: string): string {
    return output.replaceAll(this.#folder.path, '');
  }

  #placeOf(path: string): string {
    return path.startsWith('/') ? join(this.#folder.path, path) : join(this.#folder.path, 'home', path);
  }
}

/** What a disk that lied has left beside the store. */
async function damage(place: string): Promise<void> {
  const bytes = await readFile(place.slice(0, -DAMAGED.length));
  await writeFile(place, bytes.fill(0xff, 0, 100));
}

function isRunnable(args: readonly string[]): boolean {
  const [command, ...rest] = args;
  return command !== 'scan' && !(command === 'doctor' && rest.some((word) => NEED_STRAPS.includes(word)));
}
