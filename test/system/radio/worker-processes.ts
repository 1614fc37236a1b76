/** The radio workers of a test, found by the sockets at which they serve: whoever started them, and whether it lives. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerSocket } from '../../../device/radio/team/worker-sockets.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'src', 'radio-worker.ts');
const POLL_MS = 50;

/** Process ids of those that serve at a socket below this folder. */
export function workersBelow(folder: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const args = argumentsOf(name);
    const path = args[args.indexOf('--socket') + 1] ?? '';
    return args.includes('--adapter') && path.startsWith(`${folder}/`) ? [Number(name)] : [];
  });
}

/** Resolves when there is none; never, where one stays. */
export async function untilNoWorkersBelow(folder: string, signal: AbortSignal): Promise<void> {
  while (workersBelow(folder).length > 0) await sleep(POLL_MS, undefined, { signal });
}

export function killWorkersBelow(folder: string): void {
  for (const pid of workersBelow(folder)) process.kill(pid, 'SIGKILL');
}

/** A worker that the test starts, as systemd would: the gateway finds it, and it is started anew by nobody else. */
export class WorkerService {
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  constructor(adapter: string, folder: string) {
    this.#args = ['--import', 'tsx', PROGRAM, '--adapter', adapter, '--socket', workerSocket(folder, adapter)];
  }

  start(): void {
    this.#process = spawn(process.execPath, this.#args, { stdio: 'ignore' });
  }

  /** In order. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

/** Of a process that has ended there are none; one that has, and was not waited for, has an empty list. */
function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0');
  } catch {
    return [];
  }
}
