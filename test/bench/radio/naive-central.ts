/**
 * What the gateway's radio is compared with: noble in one process, used as its own README shows, over the same
 * controllers. It connects to each strap that it discovers, subscribes, and scans on; when a link is lost it scans again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';

const PROGRAM = fileURLToPath(import.meta.resolve('./naive-process.ts'));

export class NaiveCentral {
  readonly #process: ChildProcess;

  static async with<T>(adapter: VirtualAdapter, body: () => Promise<T>): Promise<T> {
    const central = new NaiveCentral(adapter);
    try {
      return await body();
    } finally {
      await central.#stop();
    }
  }

  private constructor(adapter: VirtualAdapter) {
    const path = adapter.address.replace(/^h4:unix:/, '');
    this.#process = spawn(process.execPath, ['--import', 'tsx', PROGRAM, path], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  async #stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}
