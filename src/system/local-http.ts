/**
 * A few pages over HTTP for programs of this machine, such as Prometheus.
 *
 * Invariants: only `GET` and `HEAD`, and nothing of a body is read; there are at most `CONNECTIONS_MAX` connections, each
 * for one request and at most the patience; all share what a page says, which is made `PAGES_PER_SECOND` times at most, so
 * that nobody who asks costs the gateway more than that. A browser that was sent here under another name (DNS rebinding)
 * gets nothing. That the port is taken never keeps a gateway from running: it is told, and tried again.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../domain/errors.ts';
import type { Clock, Telemetry } from '../ports.ts';

/** Prometheus, a probe of the health and a person, twice. */
const CONNECTIONS_MAX = 8;

/** Prometheus waits for ten seconds. */
const PATIENCE_MS = 10_000;

/** Several times what Prometheus sends. */
const HEADERS_MAX_BYTES = 8_192;

const PAGES_PER_SECOND = 4;

const RETRY_MS = 10_000;

/** What a program on the same machine calls it. */
const OWN_NAME = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)(:\d{1,5})?$/i;

const PLAIN = 'text/plain; charset=utf-8';

export interface Page {
  readonly status: 200 | 503;
  /** `Content-Type`. */
  readonly type: string;
  readonly text: string;
}

export interface LocalHttpParts {
  readonly host: string;
  readonly port: number;
  /** By path. They are made from what is in memory, and must not throw. */
  readonly pages: Readonly<Record<string, () => Page>>;
  /** Real time. */
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long a connection may last, ms. */
  readonly patienceMs?: number;
  /** How long after a failure the port is tried again, ms. */
  readonly retryMs?: number;
}

export class LocalHttp {
  readonly #parts: LocalHttpParts;
  readonly #end = new AbortController();
  readonly #made = new Map<string, { readonly page: Page; readonly madeMs: number }>();
  #server: Server | undefined;
  #opening: Promise<boolean> | undefined;
  #retrying: Promise<void> | undefined;

  constructor(parts: LocalHttpParts) {
    this.#parts = parts;
  }

  /** Never rejects: that the port cannot be had is told, and tried again until `close`. */
  async open(): Promise<void> {
    this.#opening = this.#listen();
    if (!(await this.#opening)) this.#retrying = this.#listenAtLast();
  }

  /** Hangs up on everybody. Safe to call twice, and without `open`. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#opening;
    await this.#retrying;
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #listenAtLast(): Promise<void> {
    const { clock, retryMs = RETRY_MS } = this.#parts;
    let isListening = false;
    while (!isListening && !this.#end.signal.aborted) {
      await clock.sleep(retryMs, this.#end.signal);
      // It was told once that it is not there, and will be told that it is.
      if (!this.#end.signal.aborted) isListening = await this.#listen({ isRetry: true });
    }
  }

  async #listen({ isRetry = false } = {}): Promise<boolean> {
    const { host, port, telemetry } = this.#parts;
    const server = this.#createServer();
    try {
      server.listen({ host, port });
      await once(server, 'listening');
    } catch (error) {
      if (!isRetry) this.#unavailable(error);
      return false;
    }
    // What goes wrong with a connection that is yet to be taken ends neither the server nor the gateway.
    server.on('error', (error) => this.#unavailable(error));
    this.#server = server;
    telemetry.emit({ event: 'metrics.listening', url: `http://${shown(server.address() as AddressInfo)}/metrics` });
    return true;
  }

  #unavailable(error: unknown): void {
    const { retryMs: retryInMs = RETRY_MS, host: address, port, telemetry } = this.#parts;
    const family = address.includes(':') ? 'IPv6' : 'IPv4';
    const at = shown({ address, port, family });
    telemetry.emit({ event: 'metrics.unavailable', at, reason: messageOf(error), retryInMs });
  }

  #createServer(): Server {
    const { patienceMs = PATIENCE_MS } = this.#parts;
    const limits = { maxHeaderSize: HEADERS_MAX_BYTES, headersTimeout: patienceMs, requestTimeout: patienceMs };
    const server = createServer({ ...limits, keepAlive: false }, (request, response) =>
      this.#answer(request, response),
    );
    server.maxConnections = CONNECTIONS_MAX;
    server.on('connection', (socket) => {
      const overdue = setTimeout(() => socket.destroy(), patienceMs);
      socket.once('close', () => clearTimeout(overdue));
    });
    return server;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // With the answer the connection ends, whatever else there is to come on it.
    response.shouldKeepAlive = false;
    const { method = '', headers } = request;
    const [path = ''] = (request.url ?? '').split('?', 1);
    const make = Object.hasOwn(this.#parts.pages, path) ? this.#parts.pages[path] : undefined;
    if (!OWN_NAME.test(headers.host ?? '')) {
      refuse(response, 403, 'ask for this machine by 127.0.0.1, [::1] or localhost');
    } else if (make === undefined) {
      refuse(response, 404, `there are ${Object.keys(this.#parts.pages).join(' and ')}`);
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      refuse(response, 405, 'there is only GET and HEAD');
    } else {
      const { status, type, text } = this.#current(path, make);
      send(response, status, type, text);
    }
  }

  #current(path: string, make: () => Page): Page {
    const nowMs = this.#parts.clock.monotonicMs();
    const before = this.#made.get(path);
    if (before !== undefined && nowMs - before.madeMs < 1000 / PAGES_PER_SECOND) return before.page;
    const page = make();
    this.#made.set(path, { page, madeMs: nowMs });
    return page;
  }
}

function refuse(response: ServerResponse, status: number, why: string): void {
  send(response, status, PLAIN, `${why}\n`);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(text);
}

function shown({ address, port, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
