/** One run of a program, as a process group of its own that does not outlive its time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../ports.ts';

export interface ProcessRunOptions {
  /** The program's absolute path and its arguments. No shell reads them. */
  readonly command: readonly string[];
  /** All that its environment holds. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends its time at once. */
  readonly end: AbortSignal;
}

export type ProcessRunOutcome =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  /** Its time was over, and it was ended. */
  | { readonly kind: 'overdue' }
  | { readonly kind: 'not-started'; readonly reason: string };

/** What is over its time gets SIGTERM, and so much later SIGKILL. */
const GRACE_MS = 500;

/** Resolves when it has ended, and with it every process of its group where its time was over; never rejects. */
export async function runProcess(options: ProcessRunOptions): Promise<ProcessRunOutcome> {
  const { command, env, timeoutMs, clock, end } = options;
  const [program = '', ...args] = command;
  let child: ChildProcess;
  try {
    child = spawn(program, args, { env, cwd: '/', stdio: 'ignore', detached: true });
  } catch (error) {
    return { kind: 'not-started', reason: messageOf(error) };
  }
  const ended = endOf(child);
  const inTime = await within(timeoutMs, ended, clock, end);
  if (inTime !== undefined) return inTime;
  kill(child, 'SIGTERM');
  await within(GRACE_MS, ended, clock);
  kill(child, 'SIGKILL');
  await ended;
  return { kind: 'overdue' };
}

function endOf(child: ChildProcess): Promise<ProcessRunOutcome> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not-started', reason: messageOf(error) }));
    child.once('exit', (code, signal) =>
      resolve(code === null ? { kind: 'killed', signal: String(signal) } : { kind: 'exited', code }),
    );
  });
}

/** The outcome, where it ends by itself within the time. */
async function within(
  atMostMs: number,
  ended: Promise<ProcessRunOutcome>,
  clock: Clock,
  end?: AbortSignal,
): Promise<ProcessRunOutcome | undefined> {
  const done = new AbortController();
  const signal = end === undefined ? done.signal : AbortSignal.any([done.signal, end]);
  const outcome = await Promise.race([ended, clock.sleep(atMostMs, signal).then(() => undefined)]);
  done.abort();
  return outcome;
}

/** The whole group, of which the process is the first. */
function kill({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
