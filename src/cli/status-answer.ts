/** What a running gateway tells whoever asks how it is. */
import { statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type GatewayStatus, total } from '../gateway/gateway.ts';
import type { Clock, Telemetry } from '../ports.ts';
import type { SocketPlaces } from '../system/socket-places.ts';
import { STATUS_VERSION, type StatusDocument } from '../system/status-document.ts';
import { StatusSocket } from '../system/status-socket.ts';
import { bytesOnDisk } from './store-size.ts';
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
    uplinks: status.uplinks.map((uplink, index) => ({
      ...uplinkOf(uplink, realClock.wallMs()),
      ...drainOf(uplink, status.rates?.drainsPerSecond[index]),
    })),
    store: {
      path: store.path,
      ...status.store,
      ...(usedBytes === undefined ? {} : { usedBytes }),
      maxBytes: store.maxBytes,
      ...outlookOf(status, { ...store, usedBytes }),
    },
    ...(status.rates === undefined ? {} : { readingsPerSecond: rounded(status.rates.readingsPerSecond) }),
    clock: status.clock,
    ...athletesFileOf(status.athletesVersion, parts.athletesFile?.problems),
    gapsToday: status.gapsToday,
    gaps: status.gaps.map(({ isOpen, ...gap }) => ({ ...gap, open: isOpen })),
  };
}

/** Names stay with the gateway; so do heart rates, which nobody needs to see that the straps are heard. */
function athleteOf(status: GatewayStatus['athletes'][number], nowMs: number): StatusDocument['athletes'][number] {
  const { athlete, signal, way, contested, battery, lastReadingMs, adapter, reception, openAlerts, alerts } = status;
  return {
    id: athlete.id,
    signal,
    ...(lastReadingMs === undefined ? {} : { sinceReadingMs: since(lastReadingMs, nowMs) }),
    ...(way === undefined ? {} : { way }),
    ...(contested === undefined ? {} : { contested: [...contested] }),
    ...(battery === undefined ? {} : { battery }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(reception === undefined ? {} : { rssi: reception.rssi, sinceRssiMs: since(reception.heardMs, nowMs) }),
    openAlerts: [...openAlerts],
    ...(alerts === undefined ? {} : { alerts: [...alerts] }),
  };
}

function athletesFileOf(version: string | undefined, problems: number | undefined): Partial<StatusDocument> {
  if (version === undefined) return {};
  return { athletesFile: { version, ...(problems === undefined ? {} : { problems }) } };
}

function uplinkOf(
  {
    name,
    connected,
    backlog,
    lanes,
    oldestMs,
    lastAcknowledgedMs,
    unacknowledgedBytes,
  }: GatewayStatus['uplinks'][number],
  nowMs: number,
): StatusDocument['uplinks'][number] {
  return {
    name,
    connected,
    ...(lastAcknowledgedMs === undefined ? {} : { sinceAcknowledgedMs: since(lastAcknowledgedMs, nowMs) }),
    ...(backlog === undefined ? {} : { backlog }),
    ...(lanes === undefined ? {} : { lanes }),
    ...(oldestMs === undefined ? {} : { oldestMs: Math.round(oldestMs) }),
    unacknowledgedBytes,
  };
}

const DAY_S = 86_400;

function drainOf(
  { backlog }: GatewayStatus['uplinks'][number],
  perSecond: number | undefined,
): { readonly drainMs?: number } {
  const waiting = total(backlog);
  if (perSecond === undefined || waiting === undefined) return {};
  return { drainMs: Math.round((waiting / perSecond) * 1_000) };
}

/** What is delivered goes first when room is needed, so what the room is for is what waits. */
function outlookOf(
  { uplinks, rates }: GatewayStatus,
  { path, maxBytes, usedBytes }: { path: string; maxBytes: number; usedBytes: number | undefined },
): Pick<StatusDocument['store'], 'writtenBytesPerDay' | 'roomMs'> {
  if (rates === undefined) return {};
  const { bytesPerReading, readingsPerSecond, writtenPerSecond } = rates;
  const written = writtenPerSecond === undefined ? {} : { writtenBytesPerDay: Math.round(writtenPerSecond * DAY_S) };
  const freeBytes = bytesFree(path);
  if (bytesPerReading === undefined || usedBytes === undefined || freeBytes === undefined) return written;
  const waiting = Math.max(0, ...uplinks.map(({ backlog }) => backlog?.samples ?? 0));
  const roomBytes = Math.min(maxBytes, usedBytes + freeBytes) - waiting * bytesPerReading;
  const roomMs = (roomBytes / (bytesPerReading * readingsPerSecond)) * 1_000;
  return { ...written, roomMs: Math.max(0, Math.round(roomMs)) };
}

function bytesFree(storePath: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dirname(storePath));
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function rounded(rate: number): number {
  return Math.round(rate * 10) / 10;
}

/** A clock that was set back meanwhile does not make it negative. */
function since(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.round(nowMs - thenMs));
}
