/** What a running gateway tells whoever asks how it is. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { GatewayStatus } from '../gateway/gateway.ts';
import type { Clock, Telemetry } from '../ports.ts';
import type { SocketPlaces } from '../system/socket-places.ts';
import { STATUS_VERSION, type StatusDocument } from '../system/status-document.ts';
import { StatusSocket } from '../system/status-socket.ts';
import { version } from './version.ts';

export interface AnsweringParts {
  readonly gateway: { status(): GatewayStatus };
  readonly name: string;
  readonly store: { readonly path: string; readonly maxBytes: number };
  /** Where it is to be reached, and by whom. */
  readonly sockets: SocketPlaces;
  /** The clock that the heartbeats go by. */
  readonly clock: Clock;
  readonly realClock: Clock;
  readonly telemetry: Telemetry;
  /** Absent where the team comes from no file. */
  readonly athletesFile?: { readonly problems: number | undefined } | undefined;
}

/** The store itself, its log with the index of that, and its ballast. */
const STORE_FILES = ['', '-wal', '-shm', '.ballast'];

/** A socket that is not open yet, for a gateway that starts now. */
export function answeringSocket(given: AnsweringParts): StatusSocket {
  // By its whole path, as those who ask have it.
  const store = { path: resolve(given.store.path), maxBytes: given.store.maxBytes };
  const parts = { ...given, store };
  const { realClock: clock, telemetry } = parts;
  const startMs = clock.monotonicMs();
  const program = version();
  const answer = () => JSON.stringify(documentOf(parts, program, startMs));
  const { status: path, mode } = given.sockets;
  return new StatusSocket({ path, mode, answer, clock, telemetry });
}

function documentOf(parts: AnsweringParts, program: string, startMs: number): StatusDocument {
  const { gateway, name, store, clock, realClock } = parts;
  const status = gateway.status();
  const usedBytes = bytesOnDisk(store.path);
  return {
    v: STATUS_VERSION,
    gateway: name,
    version: program,
    timeMs: Math.round(realClock.wallMs()),
    uptimeMs: since(startMs, realClock.monotonicMs()),
    athletes: status.athletes.map((athlete) => athleteOf(athlete, clock.monotonicMs())),
    adapters: [...status.adapters],
    uplinks: status.uplinks.map((uplink) => uplinkOf(uplink, realClock.wallMs())),
    store: {
      path: store.path,
      ...status.store,
      ...(usedBytes === undefined ? {} : { usedBytes }),
      maxBytes: store.maxBytes,
    },
    clock: status.clock,
    ...athletesFileOf(status.athletesVersion, parts.athletesFile?.problems),
    gaps: status.gaps.map(({ isOpen, ...gap }) => ({ ...gap, open: isOpen })),
  };
}

/** Names stay with the gateway; so do heart rates, which nobody needs to see that the straps are heard. */
function athleteOf(
  { athlete, signal, way, contested, battery, lastReadingMs, openAlerts, alerts }: GatewayStatus['athletes'][number],
  nowMs: number,
): StatusDocument['athletes'][number] {
  return {
    id: athlete.id,
    signal,
    ...(lastReadingMs === undefined ? {} : { sinceReadingMs: since(lastReadingMs, nowMs) }),
    ...(way === undefined ? {} : { way }),
    ...(contested === undefined ? {} : { contested: [...contested] }),
    ...(battery === undefined ? {} : { battery }),
    openAlerts: [...openAlerts],
    ...(alerts === undefined ? {} : { alerts: [...alerts] }),
  };
}

function athletesFileOf(version: string | undefined, problems: number | undefined): Partial<StatusDocument> {
  if (version === undefined) return {};
  return { athletesFile: { version, ...(problems === undefined ? {} : { problems }) } };
}

function uplinkOf(
  { name, connected, backlog, lastAcknowledgedMs, unacknowledgedBytes }: GatewayStatus['uplinks'][number],
  nowMs: number,
): StatusDocument['uplinks'][number] {
  return {
    name,
    connected,
    ...(lastAcknowledgedMs === undefined ? {} : { sinceAcknowledgedMs: since(lastAcknowledgedMs, nowMs) }),
    ...(backlog === undefined ? {} : { backlog }),
    unacknowledgedBytes,
  };
}

/** A clock that was set back meanwhile does not make it negative. */
function since(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.round(nowMs - thenMs));
}

function bytesOnDisk(storePath: string): number | undefined {
  try {
    const sizes = STORE_FILES.map((suffix) => statSync(storePath + suffix, { throwIfNoEntry: false })?.size ?? 0);
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return undefined;
  }
}
