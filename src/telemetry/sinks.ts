/** Where log lines go. */
import { writeSync } from 'node:fs';
import type { LineSink } from './log.ts';

const STDERR = 2;

/** Lines on stderr, written before the call returns, so that the last words of a dying process are seen: text on a terminal, else JSON. */
export async function standardSink(): Promise<LineSink> {
  if (!process.stderr.isTTY) return { write: writeFully };
  const pretty = await prettyLine();
  return { write: (line) => writeFully(pretty(line)) };
}

/** Text for people, kept: the newest lines, for a screen that shows them itself. */
export class RecentLines implements LineSink {
  readonly #most: number;
  readonly #pretty: (line: string) => string;
  readonly #lines: string[] = [];

  static async create(most: number): Promise<RecentLines> {
    return new RecentLines(most, await prettyLine());
  }

  private constructor(most: number, pretty: (line: string) => string) {
    this.#most = most;
    this.#pretty = pretty;
  }

  write(line: string): void {
    this.#lines.push(this.#pretty(line).trimEnd());
    if (this.#lines.length > this.#most) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** Loaded where a person reads along only: a service has no use for it and would keep it in memory. */
async function prettyLine(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss', ignore: 'event', hideObject: true });
}

/** A reader that is gone or slow must not take the gateway with it. */
function writeFully(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // EPIPE or EAGAIN: nobody reads the log; the counters still count.
  }
}
