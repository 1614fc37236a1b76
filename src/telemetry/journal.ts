/**
 * Levels as journald wants them: a line that begins with `<3>` is an error, and the prefix is not kept (sd-daemon(3)). So
 * `journalctl -p err` finds what a person has to act upon.
 */
import { fstatSync } from 'node:fs';

/** By pino's names, as syslog(3) numbers them. */
const PRIORITIES: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

/** With which every line of the log begins. */
const LEVEL = /^\{"level":"([a-z]+)"/;

/** Whether what is written to the descriptor goes to journald, which says so in the environment (systemd.exec(5)). */
export function isJournal(descriptor: number, env: NodeJS.ProcessEnv): boolean {
  const [device, inode] = env['JOURNAL_STREAM']?.split(':') ?? [];
  if (device === undefined || inode === undefined) return false;
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return String(dev) === device && String(ino) === inode;
}

export function journalLine(line: string): string {
  const [, level = ''] = LEVEL.exec(line) ?? [];
  const priority = PRIORITIES[level];
  return priority === undefined ? line : `<${priority}>${line}`;
}
