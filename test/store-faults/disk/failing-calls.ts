/** Has system calls of a running process fail, as its disk would make them, for as long as that is wanted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { programPath } from '../../requirements.ts';

export class FailingCalls {
  readonly #strace: ChildProcess;

  /**
   * Resolves when the calls fail.
   *
   * @param paths only calls that concern these files
   */
  static async of(
    pid: number,
    calls: readonly string[],
    error: string,
    paths: readonly string[],
  ): Promise<FailingCalls> {
    const failing = new FailingCalls(pid, calls, error, paths);
    await failing.#attached();
    return failing;
  }

  private constructor(pid: number, calls: readonly string[], error: string, paths: readonly string[]) {
    const inject = `inject=${calls.join(',')}:error=${error}`;
    const only = paths.flatMap((path) => ['-P', path]);
    this.#strace = spawn(programPath('strace'), ['-f', '-e', inject, ...only, '-o', '/dev/null', '-p', String(pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Resolves when calls are as they were. */
  async end(): Promise<void> {
    if (this.#strace.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#strace.once('close', resolve));
    this.#strace.kill('SIGTERM');
    await ended;
  }

  async #attached(): Promise<void> {
    let stderr = '';
    await new Promise<void>((resolve, reject) => {
      this.#strace.once('error', reject);
      this.#strace.once('close', () => reject(new Error(`strace ended: ${stderr}`)));
      this.#strace.stderr?.on('data', (data) => {
        stderr += String(data);
        if (stderr.includes('attached')) resolve();
      });
    });
  }
}

/** The database and its log. */
export function storeFiles(path: string): string[] {
  return ['outbox.db', 'outbox.db-wal', 'outbox.db-journal'].map((name) => join(path, '..', name));
}
