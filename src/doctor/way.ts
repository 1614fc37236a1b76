/**
 * Goes the way to a server step by step, so that it can be told at which one it ends: the name (DNS), the connection
 * (TCP), and the encryption (TLS). Each step has its own patience.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction, connect as openTcp, type Socket } from 'node:net';
import { connect as openTls, type TLSSocket } from 'node:tls';
import { messageOf } from '../domain/errors.ts';
import type { TlsTexts } from '../uplink/tls-files.ts';

/** A phone's hotspot takes seconds to wake. */
export const STEP_MS = 10_000;

export interface Destination {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Absent without TLS. */
  readonly tls?: TlsTexts & { readonly protocols?: readonly string[] };
}

export interface WayOptions {
  /** For each step, ms. */
  readonly patienceMs?: number;
  readonly lookup?: LookupFunction;
}

type Step = 'DNS' | 'TCP' | 'TLS' | 'MQTT';

/** How a step failed; the code is Node's or OpenSSL's own, and `OVERDUE` where the time was over. */
export interface Failure {
  readonly step: Step;
  readonly code: string;
  readonly reason: string;
}

export type Way =
  | { readonly state: 'failed'; readonly failure: Failure }
  /** The socket is the caller's to end. */
  | { readonly state: 'open'; readonly socket: Socket | TLSSocket; readonly address: string; readonly tls?: string };

export const OVERDUE = 'OVERDUE';

export async function goTo(destination: Destination, options: WayOptions = {}): Promise<Way> {
  const { patienceMs = STEP_MS, lookup = systemLookup as LookupFunction } = options;
  let step: Step = 'DNS';
  let socket: Socket | undefined;
  try {
    const { host, port, tls } = destination;
    const address = isIP(host) === 0 ? await resolved(host, lookup, patienceMs) : host;
    step = 'TCP';
    socket = openTcp({ host, port, lookup });
    await happens(socket, 'connect', patienceMs);
    if (tls === undefined) return { state: 'open', socket, address };
    step = 'TLS';
    const secure = openTls({
      socket,
      host,
      // A server name that is an address is not allowed (RFC 6066, 3).
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.identity === undefined ? {} : { cert: tls.identity.certificate, key: tls.identity.privateKey }),
      ...(tls.protocols === undefined ? {} : { ALPNProtocols: [...tls.protocols] }),
    });
    socket = secure;
    await happens(secure, 'secureConnect', patienceMs);
    return { state: 'open', socket: secure, address, tls: secure.getProtocol() ?? 'TLS' };
  } catch (error) {
    socket?.destroy();
    return { state: 'failed', failure: { step, ...reasonOf(error) } };
  }
}

/** What went wrong, with its code; of several addresses of one name, what went wrong with the first. */
export function reasonOf(error: unknown): { code: string; reason: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { code, reason: messageOf(error) };
}

async function resolved(host: string, lookup: LookupFunction, patienceMs: number): Promise<string> {
  return await inTime(
    patienceMs,
    new Promise((resolve, reject) => {
      lookup(host, { all: true }, (error, found) => {
        if (error !== null) return reject(error);
        resolve(typeof found === 'string' ? found : (found[0]?.address ?? ''));
      });
    }),
  );
}

/** Rejects where the socket ends or fails before. */
async function happens(socket: Socket, event: 'connect' | 'secureConnect', patienceMs: number): Promise<void> {
  await inTime(
    patienceMs,
    new Promise((resolve, reject) => {
      socket.once(event, () => resolve(undefined));
      // It stays, so that what fails later ends no process.
      socket.on('error', reject);
      socket.once('close', () => reject(coded('it hung up', 'ECONNRESET')));
    }),
  );
}

export async function inTime<T>(patienceMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(coded(`no answer within ${patienceMs / 1000} s`, OVERDUE)), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
