/** Starts a radio worker as a child process of the gateway: a program of its own, with nothing of the gateway's but a path. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { cleanText } from '../../profiles/device-information.ts';
import type { WorkerChild } from './socket-line.ts';

export interface WorkerProgram {
  readonly adapter: string;
  readonly path: string;
  /** The worker's program file. */
  readonly program: string;
}

/** How much of what a worker wrote in its distress is kept, characters. */
const STDERR_MAX = 2_000;

/** Ends whoever else serves at this path: two workers of one adapter would be in each other's way. */
export function startWorkerChild({ adapter, path, program }: WorkerProgram): WorkerChild {
  endWorkersAt(path);
  // One that is killed still accepts connections for a moment.
  rmSync(path, { force: true });
  const args = [...process.execArgv, program, '--adapter', adapter, '--socket', path, '--ends-alone'];
  // In a session of its own: an interrupt from the terminal is for the gateway, which ends its workers in order.
  const env = { PATH: process.env['PATH'] ?? '' };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr = (stderr + String(data)).slice(-STDERR_MAX);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`the radio worker cannot be started: ${error.message}`));
    child.once('close', (code, signal) => {
      const last = cleanText(stderr.trim().split('\n').at(-1) ?? '');
      const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
      resolve(last === '' ? `the radio worker ${how}` : `the radio worker ${how}: ${last}`);
    });
  });
  // A gateway that is killed leaves its worker, for the next one to find.
  child.unref();
  return { ended, kill: () => void child.kill('SIGKILL') };
}

/**
 * Kills the workers that a gateway has started at this path, such as one of an earlier run that hangs: it says nothing by
 * which it could be known, and ends at nobody's word.
 */
export function endWorkersAt(path: string): void {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || !servesAt(name, path)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function servesAt(pid: string, path: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return args.includes('--ends-alone') && args[args.indexOf('--socket') + 1] === path;
  } catch {
    return false;
  }
}
