/** btvirt as a process of its own, whose sockets are in a folder of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programPath } from '../requirements.ts';

const SOURCES = ['preload.c', 'handles.c'].map((name) => join(import.meta.dirname, name));
/** The one for controllers with LE and no BR/EDR. */
const SERVER = 'bt-server-le';

export class Emulator {
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #output = '';

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Every connection to this Unix socket is a new controller that speaks H4. */
  get path(): string {
    return join(this.#folder, SERVER);
  }

  /** How many packets it has thrown away because somebody did not read fast enough. */
  get dropped(): number {
    return this.#output.split('dropped\n').length - 1;
  }

  /** Resolves when it takes connections, at the same path every time. */
  async start(): Promise<void> {
    const library = join(this.#folder, 'preload.so');
    const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror'];
    await promisify(execFile)(programPath('cc'), [...flags, '-o', library, ...SOURCES, '-ldl']);
    const emulator = spawn(programPath('btvirt'), ['-s'], {
      env: { ...process.env, LD_PRELOAD: library, SIDELINE_RADIO_FOLDER: this.#folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = emulator;
    const said = this.#output.length;
    const listens = new Promise<void>((resolve, reject) => {
      emulator.once('error', reject);
      emulator.once('exit', () => reject(new Error(`btvirt ended:\n${this.#output}`)));
      emulator.stderr.on('data', (chunk) => {
        this.#output += String(chunk);
        if (this.#output.slice(said).includes(`listening ${SERVER}\n`)) resolve();
      });
    });
    await listens;
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const emulator = this.#process;
    this.#process = undefined;
    if (emulator === undefined || emulator.exitCode !== null || emulator.signalCode !== null) return;
    const exited = once(emulator, 'exit');
    emulator.kill('SIGKILL');
    await exited;
  }
}
