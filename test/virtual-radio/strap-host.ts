/** The process in which the programs of straps run, as the test sees it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { FromStrap, ToStrap } from './strap-messages.ts';

const PROGRAM = join(import.meta.dirname, 'strap-process.ts');

export interface StrapListener {
  said(message: FromStrap): void;
  /** The process has ended, and with it the strap's program. */
  ended(): void;
}

export class StrapHost {
  readonly #listeners = new Map<number, StrapListener>();
  readonly #ended: Promise<void>;
  readonly #process: ChildProcess;
  #isRunning = true;

  /** Runs at once; what is sent waits until the program is there. */
  static start(): StrapHost {
    const args = ['--import', 'tsx', PROGRAM];
    return new StrapHost(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
  }

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.on('message', (message: FromStrap) => this.#listeners.get(message.strap)?.said(message));
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        this.#isRunning = false;
        for (const listener of this.#listeners.values()) listener.ended();
        resolve();
      });
    });
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  listen(strap: number, listener: StrapListener): void {
    this.#listeners.set(strap, listener);
  }

  send(message: ToStrap): void {
    // A process that is ending takes no more messages, which is as it should be.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** Ends it as a flat battery would, with everything that runs in it. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }
}
