/**
 * A machine of Debian's that boots systemd, on this one: `systemd-nspawn --boot` over an overlay of the root file
 * system, without a network. Its disk outlives a power cut, which ends all its processes at once, and a shutdown.
 *
 * Invariants: everything of it is in namespaces and a control group of its own, held by a process that ends with the
 * test's, however that ends. The machine's own files, services and mounts stay as they are.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from '../../requirements.ts';

/** How long something may take that takes a second or two, so that only a fault takes longer. */
const PATIENCE_MS = 60_000;

const POLL_MS = 20;

const HOLDER = join(import.meta.dirname, 'holder.sh');

export interface ContainerOptions {
  /** Folders of this machine that it sees, by the path at which it does; they belong to both. */
  readonly shared?: Readonly<Record<string, string>>;
}

/** How a command in the container has ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the command; 60 s unless it is said. */
  readonly timeoutMs?: number;
}

export class SystemdContainer {
  readonly #name = `sideline-container-${randomUUID().slice(0, 8)}`;
  readonly #shared: Readonly<Record<string, string>>;
  readonly #holder: ChildProcess;
  #holderPid = 0;
  #nspawn: ChildProcess | undefined;
  #output = '';
  /** The container's process 1 as this machine numbers it; undefined while it is off. */
  #init: number | undefined;

  /** Runs one for as long as the body does, switched on, and leaves nothing of it. */
  static async with<T>(options: ContainerOptions, body: (container: SystemdContainer) => Promise<T>): Promise<T> {
    const container = new SystemdContainer(options);
    try {
      await container.#hold();
      await container.boot();
      return await body(container);
    } finally {
      await container.#remove();
    }
  }

  private constructor({ shared = {} }: ContainerOptions) {
    this.#shared = shared;
    const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL'];
    const machineId = randomUUID().replaceAll('-', '');
    this.#holder = spawn('unshare', [...namespaces, HOLDER, this.#name, machineId], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // A signal for the test's process group, such as that of Ctrl+C, is not for it: it cleans up when the test is gone.
      detached: true,
    });
    this.#collect(this.#holder);
  }

  /** Where this machine sees a file of the container's disk, switched on or off. */
  path(path: string): string {
    return join(`/proc/${this.#holderPid}/root/run/disk`, path);
  }

  /** Where this machine sees a file as the container does: what is mounted in it too, such as /run. */
  livePath(path: string): string {
    return join(`/proc/${this.#initPid}/root`, path);
  }

  /** Switches it on; resolves when everything that starts by itself has started, or failed to. */
  async boot(): Promise<void> {
    if (this.#nspawn !== undefined) throw new Error('the container is switched on');
    mkdirSync(this.#group, { recursive: true });
    const nspawn = this.#inHolder([
      'sh',
      '-c',
      `echo 0 > /sys/fs/cgroup/${this.#name}/boot/cgroup.procs; exec "$@"`,
      'sh',
      programPath('systemd-nspawn'),
      ...['--boot', '--directory=/run/disk', `--machine=${this.#name}`, '--private-network', '--tmpfs=/tmp:mode=1777'],
      ...['--register=no', '--keep-unit', '--link-journal=no', '--console=pipe', '--notify-ready=no'],
      // The filter of packets that a service may be given (IPAddressDeny=) is a BPF program.
      ...['--system-call-filter=bpf'],
      ...Object.entries(this.#shared).map(([inside, outside]) => `--bind=${outside}:${inside}`),
    ]);
    this.#nspawn = nspawn;
    this.#output = '';
    this.#collect(nspawn);
    await this.#until('systemd runs', () => {
      this.#init = this.#findInit();
      return this.#init !== undefined && existsSync(this.livePath('/run/systemd/private'));
    });
    // Answers "running", "degraded" where a unit has failed, or nothing as long as nobody answers.
    for (let state = ''; !/^(running|degraded)\n/.test(state); ) {
      state = (await this.run('systemctl', ['is-system-running', '--wait'])).stdout;
      if (nspawn.exitCode !== null) throw new Error(`the container ended as it booted:\n${this.#output}`);
    }
  }

  /** Ends all its processes at once. What they have written to the disk is there at the next boot; memory is not. */
  async powerCut(): Promise<void> {
    writeFileSync(join(this.#group, 'cgroup.kill'), '1');
    await this.#off();
  }

  /** Has systemd stop all its services, and switches it off. */
  async shutDown(): Promise<void> {
    await this.run('systemctl', ['poweroff', '--no-wall']);
    await this.#off();
  }

  /** Runs a command in it, as root and apart from its services; whatever code it ends with. */
  async run(program: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
    const { input = '', env = {}, timeoutMs = PATIENCE_MS } = options;
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wd'];
    const command = ['/usr/bin/env', '-i', ...Object.entries({ ...ENVIRONMENT, ...env }).map((pair) => pair.join('='))];
    const child = spawn('nsenter', ['--target', String(this.#initPid), ...namespaces, ...command, program, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    return { code, stdout, stderr };
  }

  /** The same for a command that must not fail. Resolves with what it has printed. */
  async sure(program: string, args: readonly string[] = [], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(program, args, options);
    if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Puts a file on its disk, readable by everybody. */
  write(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  /** Of a unit, as `systemctl show` tells it. */
  async property(unit: string, name: string): Promise<string> {
    return (await this.sure('systemctl', ['show', unit, `--property=${name}`, '--value'])).trim();
  }

  /** Resolves when a property of a unit has this value. */
  async untilProperty(unit: string, name: string, value: string | RegExp): Promise<void> {
    let last = '';
    const holds = async () => {
      last = await this.property(unit, name);
      return typeof value === 'string' ? last === value : value.test(last);
    };
    await this.#until(() => `${unit} has ${name}=${value}, and not ${last}`, holds);
  }

  /** The main process of a unit as this machine numbers it, to be signalled or traced from here. */
  async mainPid(unit: string): Promise<number> {
    const inside = await this.property(unit, 'MainPID');
    const procs = join(this.#group, 'payload', await this.property(unit, 'ControlGroup'), 'cgroup.procs');
    const pid = pidsIn(procs).find((each) => numberWithin(each) === inside);
    if (pid === undefined) throw new Error(`${unit} has no process`);
    return pid;
  }

  /** What the journal has of a unit, or of everything, on this boot and those before; oldest first. */
  async journal(unit?: string): Promise<Readonly<Record<string, string>>[]> {
    const of = unit === undefined ? [] : ['--unit', unit];
    const lines = (await this.sure('journalctl', ['--output=json', '--all', ...of])).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, string>);
  }

  /** Resolves when something is so that is asked for again and again; rejects in the end, naming what it waited for. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    await this.#until(what, holds);
  }

  get #group(): string {
    return `/proc/${this.#holderPid}/root/sys/fs/cgroup/${this.#name}/boot`;
  }

  get #initPid(): number {
    if (this.#init === undefined) throw new Error('the container is switched off');
    return this.#init;
  }

  async #hold(): Promise<void> {
    let said = '';
    this.#holder.stdout?.on('data', (chunk) => {
      said += String(chunk);
    });
    await this.#until('the disk is ready', () => {
      if (this.#holder.exitCode !== null) throw new Error(`there can be no container here:\n${this.#output}`);
      return said.includes('ready\n');
    });
    const [pid] = childrenOf(this.#holder.pid ?? 0);
    if (pid === undefined) throw new Error('the container has no holder');
    this.#holderPid = pid;
  }

  async #remove(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    const gone = once(this.#holder, 'close');
    this.#holder.stdin?.end();
    await gone;
  }

  async #off(): Promise<void> {
    const nspawn = this.#nspawn;
    if (nspawn === undefined) return;
    if (nspawn.exitCode === null && nspawn.signalCode === null) await once(nspawn, 'exit');
    const events = join(this.#group, 'cgroup.events');
    await this.#until('nothing runs in it', () => readFileSync(events, 'utf8').includes('populated 0'));
    removeGroup(this.#group);
    this.#nspawn = undefined;
    this.#init = undefined;
  }

  #inHolder(command: readonly string[]): ChildProcess {
    const namespaces = ['--target', String(this.#holderPid), '--mount', '--pid'];
    return spawn('nsenter', [...namespaces, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** The process that is number 1 in a namespace of its own, below the holder's. */
  #findInit(): number | undefined {
    const procs = join(this.#group, 'payload/init.scope/cgroup.procs');
    if (!existsSync(procs)) return undefined;
    return pidsIn(procs).find((pid) => numberWithin(pid) === '1');
  }

  #collect(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output += String(chunk);
      });
    }
  }

  async #until(what: string | (() => string), holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (Date.now() > deadline) {
        const text = typeof what === 'string' ? what : what();
        throw new Error(`waited ${PATIENCE_MS} ms in vain: ${text}\n${this.#output}`);
      }
      await sleep(POLL_MS);
    }
  }
}

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  HOME: '/root',
  DEBIAN_FRONTEND: 'noninteractive',
  SYSTEMD_PAGER: '',
};

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** Of a control group. */
function pidsIn(procs: string): number[] {
  return readFileSync(procs, 'utf8').split('\n').filter(Boolean).map(Number);
}

/** The number of a process in the innermost namespace that it is in; undefined where it has ended. */
function numberWithin(pid: number): string | undefined {
  try {
    return /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** A control group whose processes have ended, with all below it. */
function removeGroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(join(path, entry.name));
  }
  rmdirSync(path);
}
