/** Runs a program of the machine that knows what no file tells. */
import { execFile } from 'node:child_process';

/** Each answers within milliseconds, or hangs on a bus that is not there. */
const ANSWER_AT_MOST_MS = 10_000;

/** Of a log some ten thousand lines; what exceeds it is no answer. */
const OUTPUT_MAX_BYTES = 8_000_000;

export type ProgramAnswer =
  /** Without the white space around it. */
  | { readonly state: 'ended'; readonly code: number; readonly stdout: string }
  /** It is not installed. */
  | { readonly state: 'absent' }
  /** It did not end in time, or was ended by something else. */
  | { readonly state: 'silent' };

/** Never rejects. Answers come in English whatever the machine speaks. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, answerAtMostMs = ANSWER_AT_MOST_MS }: { readonly env: NodeJS.ProcessEnv; readonly answerAtMostMs?: number },
): Promise<ProgramAnswer> {
  const options = {
    env: { ...env, LC_ALL: 'C', SYSTEMD_COLORS: '0' },
    timeout: answerAtMostMs,
    killSignal: 'SIGKILL',
    maxBuffer: OUTPUT_MAX_BYTES,
  } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout) => {
      if (error === null) resolve({ state: 'ended', code: 0, stdout: stdout.trim() });
      else if (typeof error.code === 'number') resolve({ state: 'ended', code: error.code, stdout: stdout.trim() });
      else resolve({ state: error.code === 'ENOENT' || error.code === 'EACCES' ? 'absent' : 'silent' });
    });
  });
}

/** What it printed, where it did what it was asked. */
export function printed(answer: ProgramAnswer): string | undefined {
  return answer.state === 'ended' && answer.code === 0 ? answer.stdout : undefined;
}
