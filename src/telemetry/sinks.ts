/** Where log lines go. */
import { write } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isJournal, journalLine } from './journal.ts';
import type { LineSink } from './log.ts';

const STDERR = 2;
const writeTo = promisify(write);

/** How long to leave a full pipe in peace. */
const FULL_MS = 50;

/**
 * What may wait for a slow reader, characters; beyond it lines are dropped. A terminal that was stopped with Ctrl-S
 * must not stop the gateway, which a synchronous write would.
 */
const WAITING_MAX = 1_000_000;

/** How long the end of the process waits for its last lines to be read. */
const LAST_WORDS_MS = 300;

/**
 * Lines on stderr, written one batch after the other beside everything else: text on a terminal, else JSON, with its level
 * before it where journald reads along.
 */
export class StandardError implements LineSink {
  readonly #form: ((line: string) => string) | undefined;
  #waiting: string[] = [];
  #waitingLength = 0;
  #writing: Promise<void> | undefined;

  static async create(): Promise<StandardError> {
    if (process.stderr.isTTY) return new StandardError(await prettyLine());
    return new StandardError(isJournal(STDERR, process.env) ? journalLine : undefined);
  }

  private constructor(form: ((line: string) => string) | undefined) {
    this.#form = form;
  }

  write(line: string): void {
    const text = this.#form?.(line) ?? line;
    if (this.#waitingLength + text.length > WAITING_MAX) return;
    this.#waiting.push(text);
    this.#waitingLength += text.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all is written, or when the reader has had its time: true, or false. */
  async end(): Promise<boolean> {
    const late = new AbortController();
    const given = wait(LAST_WORDS_MS, false, { signal: late.signal }).catch(() => false);
    const isWritten = await Promise.race([Promise.resolve(this.#writing).then(() => true), given]);
    late.abort();
    return isWritten;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const bytes = Buffer.from(this.#waiting.join(''));
      this.#waiting = [];
      this.#waitingLength = 0;
      await writeFully(bytes);
    }
    this.#writing = undefined;
  }
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

async function writeFully(bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += (await writeTo(STDERR, bytes, at)).bytesWritten;
    } catch (error) {
      // A reader that has gone ends the log and not the gateway; the events still count.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      await wait(FULL_MS);
    }
  }
}
