/** One attempt: a POST over a connection of its own, with a bound on its time and on what is read of the answer. */
import { readFileSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../ports.ts';
import { guardedLookup } from './addresses.ts';

export interface Post {
  readonly url: URL;
  /** Path to certificates (PEM) to trust in place of the system's. */
  readonly ca?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From the look-up of the name to the status of the answer, ms. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends the attempt. */
  readonly end: AbortSignal;
}

/** Reasons name neither path nor query of the URL, which may be secrets. */
export type PostOutcome =
  | { readonly kind: 'taken'; readonly status: number }
  /** It may be taken another time: not before `afterMs` where the receiver has said so. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs?: number }
  /** It will not be taken, however often it is sent. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Timeout, too early and too many requests: of all refusals, those that pass. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** Of the answer's body, which says nothing that is looked at; a longer one is broken off. */
const BODY_MAX_BYTES = 65_536;

/** Never rejects. */
export async function post(options: Post): Promise<PostOutcome> {
  const { clock, timeoutMs, end } = options;
  if (end.aborted) return { kind: 'later', reason: 'the gateway stops' };
  let request: ClientRequest;
  try {
    request = begin(options);
  } catch (error) {
    return { kind: 'later', reason: messageOf(error) };
  }
  const closed = new AbortController();
  request.once('close', () => closed.abort());
  void clock.sleep(timeoutMs, AbortSignal.any([closed.signal, end])).then(() => {
    if (!closed.signal.aborted) request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
  });
  return await new Promise((resolve) => {
    request.once('response', (response) => {
      drain(response, request);
      resolve(outcomeOf(response, clock.wallMs()));
    });
    request.on('error', (error) => resolve({ kind: 'later', reason: reasonOf(error) }));
    request.once('close', () => resolve({ kind: 'later', reason: 'the receiver closed the connection' }));
    request.end(options.body);
  });
}

function begin({ url, ca, headers, body }: Post): ClientRequest {
  const options = {
    method: 'POST',
    // No connection outlives its attempt, so that a dead one delays nothing.
    agent: false,
    lookup: guardedLookup,
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'user-agent': 'sideline',
      ...headers,
    },
  } as const;
  if (url.protocol === 'http:') return httpRequest(url, options);
  return httpsRequest(url, { ...options, ...(ca === undefined ? {} : { ca: readFileSync(ca) }) });
}

function drain(response: IncomingMessage, request: ClientRequest): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) request.destroy();
  });
  // The status is there, and all that is looked at.
  response.on('error', () => {});
}

function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage, nowMs: number): PostOutcome {
  if (status >= 200 && status < 300) return { kind: 'taken', status };
  const reason = `the receiver answered ${status}`;
  if (status >= 300 && status < 400) return { kind: 'refused', reason: `${reason}, a redirect, and none is followed` };
  if (status >= 400 && status < 500 && !PASSING.has(status)) return { kind: 'refused', reason };
  const afterMs = retryAfterMs(headers['retry-after'], nowMs);
  return { kind: 'later', reason, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** A name with several addresses fails with one error for each, and no message over them. */
function reasonOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error);
}
