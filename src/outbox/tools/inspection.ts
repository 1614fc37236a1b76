/** Everything in a store held against what it should be; reading only. */
import { messageOf } from '../../domain/errors.ts';
import { RECORD_KINDS } from '../../domain/record.ts';
import { ENDLESS, SeqRanges } from '../../domain/seq-ranges.ts';
import { acknowledgedCrc, isWhole, isWholeEvent, parsed } from '../checksums.ts';
import { SCHEMA_VERSION } from '../migrations.ts';
import { readLog } from '../salvage/log-frames.ts';
import { refuseOthers } from '../schema.ts';
import type { Connection } from '../sqlite.ts';
import { isDamage } from '../sqlite-errors.ts';
import { EMPTY, type Statements, statements } from '../statements.ts';
import { type HeldFile, hold, requireStore } from './closed-store.ts';

export interface Inspection {
  /** Each says what is wrong and where; none means that the store is good. */
  readonly findings: readonly string[];
  readonly format?: number;
  readonly epoch?: string;
  readonly samples: number;
  readonly alerts: number;
  readonly gaps: number;
}

/** So many lines of SQLite's own are enough to know that it is damaged. */
const CHECK_LINES = 20;

const NOTHING = { samples: 0, alerts: 0, gaps: 0 };

/** @throws OperatingError `store-locked` when it is in use, `store-unusable` when it is not there or no store */
export function inspect(path: string): Inspection {
  requireStore(path);
  let held: HeldFile;
  try {
    held = hold(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { findings: [`it is no database any more: ${messageOf(error)}`], ...NOTHING };
  }
  try {
    const own = ownFindings(path);
    // All that SQLite finds of a store that was just made may be behind what is damaged in its log.
    if (own.length > 0 && isBare(held.db)) return { findings: own, ...NOTHING };
    refuseOthers(held.db);
    return inspected(held.db, path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { findings: [...ownFindings(path), messageOf(error)], ...NOTHING };
  } finally {
    held.close();
  }
}

function inspected(db: Connection, path: string): Inspection {
  const format = db.pragma('user_version', { simple: true }) as number;
  const rows = db.pragma(`quick_check(${CHECK_LINES})`) as { quick_check: string }[];
  const structure = rows.map(({ quick_check: line }) => line).filter((line) => line !== 'ok');
  const findings = [...ownFindings(path), ...structure];
  if (format < SCHEMA_VERSION) {
    const note = `it has format ${format}, which has no checksums; the gateway brings it up to date when it opens it`;
    return { findings: [...findings, ...(findings.length > 0 ? [note] : [])], format, ...NOTHING };
  }
  const sql = statements(db);
  const chunks = chunkFindings(sql);
  const alerts = eventFindings(sql, 'alerts');
  const gaps = eventFindings(sql, 'gaps');
  const epoch = db.prepare<[], string>('SELECT epoch FROM store').pluck().get();
  return {
    findings: [...findings, ...chunks.findings, ...alerts.findings, ...gaps.findings, ...referenceFindings(sql)],
    format,
    ...(epoch === undefined ? {} : { epoch }),
    samples: chunks.count,
    alerts: alerts.count,
    gaps: gaps.count,
  };
}

function isBare(db: Connection): boolean {
  return db.prepare<[], number>('SELECT count(*) FROM sqlite_master').pluck().get() === 0;
}

function ownFindings(path: string): string[] {
  const { state } = readLog(`${path}-wal`);
  return state === 'damaged' ? ['its log is not what was written, and commits in it are out of reach'] : [];
}

/** One row in memory at a time. */
function chunkFindings(sql: Statements): { findings: string[]; count: number } {
  const findings: string[] = [];
  let [count, last, total] = [0, 0, 0];
  for (const row of sql.allChunks.iterate()) {
    const name = `samples ${row.first_seq} to ${row.last_seq}`;
    if (!isWhole(row)) {
      findings.push(`${name} are not what was written`);
      continue;
    }
    const size = row.last_seq - row.first_seq + 1;
    if (row.first_seq <= last) findings.push(`${name} have numbers that others have`);
    // Numbers that were left out are counted nowhere.
    const counted = row.samples === EMPTY ? 0 : size;
    if (row.total - counted < total) findings.push(`${name} are counted wrong`);
    if (row.samples !== EMPTY) count += size;
    last = row.last_seq;
    total = row.total;
  }
  return { findings, count };
}

function eventFindings(sql: Statements, kind: 'alerts' | 'gaps'): { findings: string[]; count: number } {
  const findings: string[] = [];
  let count = 0;
  const name = kind === 'alerts' ? 'alert' : 'ledger entry';
  for (const row of sql[kind].all.iterate()) {
    count++;
    if (!isWholeEvent(row)) findings.push(`${name} ${row.seq} is not what was written`);
    const chunk = sql.chunkAt.get(row.seq);
    if (chunk !== undefined && chunk.last_seq >= row.seq) findings.push(`${name} ${row.seq} has a sample's number`);
  }
  return { findings, count };
}

function referenceFindings(sql: Statements): string[] {
  const head = sql.lastSeq.get() ?? 0;
  const acknowledged = sql.acknowledged.all().flatMap(({ uplink, kind: text, ranges, crc }) => {
    const kind = RECORD_KINDS.find((one) => one === text);
    const isSound = kind !== undefined && (crc === null || acknowledgedCrc(uplink, kind, ranges) === crc);
    const pairs = isSound ? parsed(ranges) : undefined;
    if (!Array.isArray(pairs)) return [`what ${uplink} has acknowledged of ${text} is not what was written`];
    const { last } = SeqRanges.from(pairs as [number, number][]);
    const isAhead = last > head && last !== ENDLESS.through;
    return isAhead ? [`${uplink} has acknowledged ${text} that were never stored`] : [];
  });
  const open = [...sql.openAlerts.all(), ...sql.openGaps.all()].filter(({ body }) => parsed(body) === undefined);
  return [...acknowledged, ...open.map(() => 'what is open now cannot be read')];
}
