/** The writer as a process of its own, and what it has told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { compiledPath } from './compiled.ts';
import type { Told } from './told.ts';

/** Far beyond anything that passes, so that a hang ends the test and not the run. */
const PATIENCE_MS = 120_000;

export interface WriterOptions {
  readonly store: string;
  readonly seed: string;
  readonly from?: number;
  readonly groups?: number;
  readonly maxBytes?: number;
  /** A module of this folder that is loaded before the product. */
  readonly preload?: string;
  /** After how long it is taken for hung. */
  readonly patienceMs?: number;
  /** A program and its options, which the writer is started by. */
  readonly under?: readonly string[];
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export class WriterProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #onTold: (told: Told) => void;
  readonly #checks = new Set<(told: Told) => void>();
  readonly #patienceMs: number;
  #pid: number | undefined;

  /** `onTold` gets every whole line, also those that the process told before it was killed. */
  constructor(options: WriterOptions, onTold: (told: Told) => void) {
    this.#onTold = onTold;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    const [program = '', ...args] = [...(options.under ?? []), process.execPath, ...argumentsOf(options)];
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own standard output is not to be waited for by anything but a blocking write.
      env: { ...process.env, UV_USE_IO_URING: '0' },
    });
    this.ended = this.#read();
  }

  /** Resolves with the first line from now on that is as wanted; rejects when the process ends before. */
  async told(wanted: (told: Told) => boolean, what: string): Promise<Told> {
    let check = (_told: Told): void => {};
    let timer: NodeJS.Timeout | undefined;
    const seen = new Promise<Told>((resolve, reject) => {
      check = (told) => {
        if (wanted(told)) resolve(told);
      };
      timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
    });
    this.#checks.add(check);
    const early = this.ended.then(({ code, signal, stderr }) => {
      throw new Error(`the writer ended with ${code ?? signal} before ${what}:\n${stderr}`);
    });
    try {
      return await Promise.race([seen, early]);
    } finally {
      clearTimeout(timer);
      this.#checks.delete(check);
    }
  }

  /** Has it end by itself, or by SIGKILL at once; the writer itself and not what it was started by. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Ends it for good, whatever the test has come to. */
  async remove(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.kill('SIGKILL');
    await this.ended;
  }

  get pid(): number {
    return this.#pid ?? this.#child.pid ?? 0;
  }

  async #read(): Promise<Ended> {
    let stderr = '';
    this.#child.stderr?.on('data', (data) => {
      stderr += String(data);
    });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('the writer has no standard output');
    createInterface({ input: stdout }).on('line', (line) => this.#take(line));
    // A hang is an end as well, by SIGKILL, which whoever waits takes for a failure.
    const patience = setTimeout(() => this.kill('SIGKILL'), this.#patienceMs);
    return await new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        clearTimeout(patience);
        resolve({ code, signal, stderr });
      });
    });
  }

  #take(line: string): void {
    const told = parsed(line);
    if (told === undefined) return;
    if (told.event === 'opening') this.#pid = told.pid;
    this.#onTold(told);
    for (const check of [...this.#checks]) check(told);
  }
}

/** Undefined for a line that a kill has cut short: it was not told. */
export function parsed(line: string): Told | undefined {
  try {
    return JSON.parse(line) as Told;
  } catch {
    return undefined;
  }
}

function argumentsOf({ store, seed, from, groups, maxBytes, preload }: WriterOptions): string[] {
  const given = { store, seed, from, groups, 'max-bytes': maxBytes };
  return [
    ...(preload === undefined ? [] : ['--import', compiledPath(preload)]),
    compiledPath('writer.ts'),
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)])),
  ];
}
