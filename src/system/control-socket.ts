/**
 * Where a running gateway is told what to do: one request on a line, one answer on a line, and the connection ends. Only
 * the gateway's own user and root can come this far, and under systemd its group.
 *
 * Invariants: of a connection `REQUEST_MAX_BYTES` are read at most, within `SAYING_MS`; a request that is not whole, or
 * has anything in it that is not understood, does nothing; there are at most `REQUESTS_PER_SECOND`. A client that says
 * nothing, or never reads, takes one of few places for a few seconds and nothing else.
 */
import type { Socket } from 'node:net';
import { messageOf } from '../domain/errors.ts';
import type { Clock, Telemetry } from '../ports.ts';
import {
  CONTROL_VERSION,
  type ControlAnswer,
  type ControlRequest,
  type ControlResult,
  controlRequestSchema,
} from './control-document.ts';
import { LocalSocket } from './local-socket.ts';

/** Several times the longest request. */
const REQUEST_MAX_BYTES = 8_192;

/** A local client says in milliseconds what it wants. */
const SAYING_MS = 2_000;

/** Longer than a gateway takes to answer whose disk has failed just now. */
const PATIENCE_MS = 10_000;

/** More than people are quick. */
const REQUESTS_PER_SECOND = 10;

const NEWLINE = 0x0a;

export interface ControlSocketParts {
  readonly path: string;
  /** Of the socket; for its own user alone unless it is said otherwise. */
  readonly mode?: number;
  /** Of this program. */
  readonly version: string;
  /** Carries out a request; must not reject. */
  readonly obey: (request: ControlRequest) => Promise<ControlResult>;
  /** Real time. */
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long a client may take to say what it wants, ms. */
  readonly sayingMs?: number;
  /** How long a connection may last, ms. */
  readonly patienceMs?: number;
}

export class ControlSocket {
  readonly #parts: ControlSocketParts;
  readonly #socket: LocalSocket;
  #second = { beganMs: Number.NEGATIVE_INFINITY, requests: 0 };

  constructor(parts: ControlSocketParts) {
    const { path, mode, patienceMs = PATIENCE_MS, telemetry } = parts;
    this.#parts = parts;
    this.#socket = new LocalSocket({
      path,
      mode,
      patienceMs,
      serve: (client) => this.#listen(client),
      onUnavailable: (error) => telemetry.emit({ event: 'control.unavailable', reason: messageOf(error) }),
    });
  }

  /** To be called once the store is locked. Never rejects: that nobody can come is told, and the gateway goes on. */
  async open(): Promise<void> {
    await this.#socket.open();
  }

  /** To be called before the store's lock is given up. Safe to call twice, and without `open`. */
  async close(): Promise<void> {
    await this.#socket.close();
  }

  #listen(client: Socket): void {
    const overdue = setTimeout(() => client.destroy(), this.#parts.sayingMs ?? SAYING_MS);
    let said = Buffer.alloc(0);
    const take = (data: Buffer) => {
      said = Buffer.concat([said, data]);
      const end = said.indexOf(NEWLINE);
      if (end >= 0 && end < REQUEST_MAX_BYTES) done(said.subarray(0, end));
      else if (said.length >= REQUEST_MAX_BYTES) done(undefined);
    };
    const stop = () => done(undefined);
    const done = (line: Buffer | undefined) => {
      clearTimeout(overdue);
      client.off('data', take).off('end', stop).pause();
      void this.#answer(line).then((answer) => client.end(`${JSON.stringify(answer)}\n`, () => client.destroy()));
    };
    client.once('close', () => clearTimeout(overdue));
    client.on('data', take).on('end', stop).resume();
  }

  /** @param line of the request, undefined where it is not whole */
  async #answer(line: Buffer | undefined): Promise<ControlAnswer> {
    const { version } = this.#parts;
    return { v: CONTROL_VERSION, version, ...(await this.#resultOf(line)) } as ControlAnswer;
  }

  async #resultOf(line: Buffer | undefined): Promise<ControlResult> {
    const form = `send one JSON document of version ${CONTROL_VERSION}, with a line end, of less than ${REQUEST_MAX_BYTES} bytes`;
    if (line === undefined) return refused('the request has no line end, or is too long', form);
    const request = controlRequestSchema.safeParse(parsed(line.toString()));
    if (!request.success) {
      const [issue] = request.error.issues;
      const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      return refused(`the request is not understood (${where}${issue?.message})`, form);
    }
    if (!this.#isInTime()) return refused(`there are more than ${REQUESTS_PER_SECOND} requests a second`, 'try again');
    return await this.#parts.obey(request.data);
  }

  #isInTime(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#second.beganMs >= 1_000) this.#second = { beganMs: nowMs, requests: 0 };
    return ++this.#second.requests <= REQUESTS_PER_SECOND;
  }
}

export function refused(reason: string, remedy: string): ControlResult {
  return { outcome: 'refused', reason, remedy };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
