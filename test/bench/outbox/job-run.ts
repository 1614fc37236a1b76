/** Runs a program of these measurements as a process of its own, and listens to what it says line by line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Changes } from '../../fixtures/changes.ts';
import { ROOT } from '../page.ts';
import type { Drained, Job, Started } from './job.ts';

const PATIENCE_MS = 600_000;

/** As what ships is compiled, so is what is measured of it. */
const COMPILED = join(ROOT, 'dist-bench', 'test', 'bench', 'outbox');

type Program = 'job-process' | 'mqtt-js-process';

type Line = Readonly<Record<string, unknown>>;

export class JobRun {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #changes = new Changes();
  #last: Line = {};
  #words = '';

  /**
   * @param program its name
   * @param under the command that runs it, if it is not to run alone
   */
  constructor(program: Program, argument: object, under: readonly string[] = []) {
    const options = program === 'job-process' ? installedOptions() : [];
    const node = [process.execPath, ...options, join(COMPILED, `${program}.js`), JSON.stringify(argument)];
    const [command = '', ...args] = [...under, ...node];
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr?.on('data', (data) => {
      this.#words += String(data);
    });
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      this.#last = { ...this.#last, ...(JSON.parse(line) as Line) };
      this.#changes.happened();
    });
    this.#ended = Promise.all([once(this.#child, 'close'), once(lines, 'close')]);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when a number that it tells has come so far, or when it has ended before. */
  async reached(what: string, number: number): Promise<void> {
    const isOver = () => this.#child.exitCode !== null || this.#child.signalCode !== null;
    this.#child.once('exit', () => this.#changes.happened());
    await this.#changes.until(() => isOver() || this.told(what) >= number, `${what} ${number}`, PATIENCE_MS);
  }

  /** The last that it told of this number; 0 before. */
  told(what: string): number {
    return Number(this.#last[what] ?? 0);
  }

  /** As a power cut would, for what the process has in its memory. Resolves when all that it told has come. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Resolves with its last words. */
  async result(): Promise<Line> {
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`ended with ${this.#child.exitCode}:\n${this.#words}`);
    return this.#last;
  }
}

/** Those of Node in the first line of the program, with which it runs wherever it is installed. */
function installedOptions(): string[] {
  const [first = ''] = readFileSync(join(ROOT, 'src', 'cli', 'main.ts'), 'utf8').split('\n');
  return first.split(' ').filter((word) => word.startsWith('--'));
}

export function startJob(job: Job, under?: readonly string[]): JobRun {
  return new JobRun('job-process', job, under);
}

interface Results {
  append: { readonly seconds: number };
  take: { readonly seconds: number };
  drain: Drained;
  life: object;
  start: Started;
}

/** Resolves with what the job came to. */
export async function runJob<Kind extends Job['kind']>(
  job: Job & { kind: Kind },
  under?: readonly string[],
): Promise<Results[Kind]> {
  return (await startJob(job, under).result()) as unknown as Results[Kind];
}
