/** The drill's side: a process of its own that is asked one thing after the other, and can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Reply, Request } from './messages.ts';

export interface SteeredOptions {
  readonly script: string;
  readonly argument: string;
  /** As the service runs: nobody in particular, with the one capability. */
  readonly isUnprivileged?: boolean;
}

const UNPRIVILEGED = [
  'setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs',
  '--inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw',
].flatMap((line) => line.split(' '));

export class Steered {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #requests = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    child.on('exit', () => {
      for (const [id, settle] of this.#waiting) settle({ id, error: 'the process has ended' });
      this.#waiting.clear();
    });
  }

  static async start({ script, argument, isUnprivileged = false }: SteeredOptions): Promise<Steered> {
    const [program = '', ...before] = [...(isUnprivileged ? UNPRIVILEGED : []), process.execPath];
    const child = spawn(program, [...before, script, argument], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const steered = new Steered(child);
    await steered.#settled(0, 'the start', 60_000);
    return steered;
  }

  async ask<T>(name: string, argument?: unknown, timeoutMs = 60_000): Promise<T> {
    const id = ++this.#requests;
    const settled = this.#settled(id, name, timeoutMs);
    this.#child.send({ id, name, argument } satisfies Request);
    return (await settled) as T;
  }

  /** By SIGKILL: nothing is said goodbye to. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async #settled(id: number, what: string, timeoutMs: number): Promise<unknown> {
    const over = new AbortController();
    const late: Reply = { id, error: `no answer to ${what} within ${timeoutMs} ms` };
    const reply = await Promise.race([
      new Promise<Reply>((resolve) => this.#waiting.set(id, resolve)),
      wait(timeoutMs, late, { signal: over.signal }).catch((): Reply => ({ id })),
    ]);
    over.abort();
    if (reply.error !== undefined) throw new Error(`${what}: ${reply.error}`);
    return reply.result;
  }
}
