/**
 * Whether NTP holds the machine's clock, asked of whoever can tell, in this order: systemd (`timedatectl`, which reads
 * the kernel's adjtimex state, so that it holds for chrony too), the mark that systemd-timesyncd leaves, and chrony.
 *
 * A machine that runs systemd and gives no answer, as while it is busy booting, is taken for one whose clock is not
 * held: a wrong yes would stamp records wrong for ever, a wrong no makes them wait till it is asked again.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TimeAuthority } from '../ports.ts';

/** Each program answers within milliseconds, or hangs on a bus that is not there. */
const ANSWER_AT_MOST_MS = 4_000;

/** adjtimex's state as chrony tells it, the last of the comma-separated fields of `chronyc -c tracking`. */
const CHRONY_SYNCHRONISED = new Set(['Normal', 'Insert second', 'Delete second']);

export interface SystemTimeAuthorityOptions {
  /** Where /run is, and how long a program may take; for tests. */
  readonly run?: string;
  readonly answerAtMostMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export class SystemTimeAuthority implements TimeAuthority {
  readonly #run: string;
  readonly #answerAtMostMs: number;
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: SystemTimeAuthorityOptions = {}) {
    this.#run = options.run ?? '/run';
    this.#answerAtMostMs = options.answerAtMostMs ?? ANSWER_AT_MOST_MS;
    this.#env = options.env ?? process.env;
  }

  async isSynchronised(signal: AbortSignal): Promise<boolean | undefined> {
    const systemd = await this.#ask('timedatectl', ['show', '--property=NTPSynchronized', '--value'], signal);
    if (systemd === 'yes' || systemd === 'no') return systemd === 'yes';
    if (existsSync(join(this.#run, 'systemd/timesync/synchronized'))) return true;
    const chrony = await this.#ask('chronyc', ['-c', 'tracking'], signal);
    if (chrony !== undefined) return CHRONY_SYNCHRONISED.has(chrony.split(',').at(-1) ?? '');
    return existsSync(join(this.#run, 'systemd/system')) ? false : undefined;
  }

  /** What the program prints: nothing where it takes too long; undefined where it is not there, or fails. */
  #ask(program: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    // A program of systemd's would tell of its own failure there, as if it were the gateway's.
    const { NOTIFY_SOCKET: _, ...env } = this.#env;
    const options = { signal, timeout: this.#answerAtMostMs, killSignal: 'SIGKILL', env } as const;
    return new Promise((resolve) => {
      execFile(program, args, options, (error, stdout) => {
        if (error === null) resolve(stdout.trim());
        else resolve(error.killed === true ? '' : undefined);
      });
    });
  }
}
