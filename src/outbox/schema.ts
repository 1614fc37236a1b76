/**
 * The store's tables, and how the file is opened so that what is committed survives a power cut.
 *
 * A chunk is the samples of one group commit, with consecutive sequence numbers, in one row: a row a
 * sample would write three to four times as many bytes to the card. Alerts and ledger entries are few and
 * are rows of their own. Nothing refers to the time that a record has; order is the sequence number.
 */
import { randomBytes } from 'node:crypto';
import { OperatingError } from '../domain/errors.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './migrations.ts';
import type { Connection } from './sqlite.ts';

/** The file is a store, and is not as it was written. */
export class DamagedStore extends Error {
  override readonly name = 'DamagedStore';
}

const EPOCH = /^[0-9a-f]{20}$/;

/** "SDLN": says whose file it is, so that no other program's database is taken for a store. */
const APPLICATION_ID = 0x53444c4e;

/** Small pages: a commit of a second's samples writes 334 bytes a sample with 1 KiB pages, 453 with 4 KiB. */
export const PAGE_BYTES = 1024;

/** What SQLite keeps of the file in memory, KiB: enough for the pages that a commit and a batch touch. */
const CACHE_KIB = 2_048;

/** The log is written back by the store itself, between commits; this is for when it never gets to it. Pages. */
const AUTO_CHECKPOINT_PAGES = 8_000;

export interface Preparation {
  /** Called when the lock is there and nothing has been written yet. */
  readonly beforeWrite?: () => void;
  /** Another store may have been copied from this one, or this one from another: without a record it gets another epoch. */
  readonly isElsewhere?: boolean;
}

/**
 * Takes the lock, sets what has to be set on every open, and makes or brings up to date the tables.
 *
 * @returns the store's epoch
 * @throws OperatingError `store-unusable` when the file is somebody else's or of a later version, or durability cannot be had
 */
export function prepare(db: Connection, { beforeWrite = () => {}, isElsewhere = false }: Preparation = {}): string {
  // One connection only, held for good: the lock goes with the process, however it ends, and the
  // WAL index needs no shared memory file.
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma(`page_size = ${PAGE_BYTES}`);
  db.pragma(`cache_size = -${CACHE_KIB}`);
  const isNew = db.prepare('SELECT count(*) FROM sqlite_master').pluck().get() === 0;
  if (!isNew) refuseOthers(db);
  beforeWrite();
  db.pragma('journal_mode = WAL');
  db.pragma(`wal_autocheckpoint = ${AUTO_CHECKPOINT_PAGES}`);
  // better-sqlite3 opens an existing WAL database with NORMAL, which loses commits in a power cut.
  db.pragma('synchronous = FULL');
  const synchronous = db.pragma('synchronous', { simple: true });
  if (synchronous !== 2) {
    throw new OperatingError('store-unusable', `synchronous = FULL was not taken (it is ${synchronous})`);
  }
  migrate(db, isNew);
  if (isElsewhere && isEmpty(db)) db.prepare('UPDATE store SET epoch = ?').run(newEpoch());
  return epochOf(db);
}

/**
 * For a store of which nothing is to be written.
 *
 * @returns the store's epoch
 * @throws OperatingError `store-unusable` when the file is somebody else's, or of another version
 */
export function read(db: Connection): string {
  refuseOthers(db);
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version < SCHEMA_VERSION) {
    throw new OperatingError(
      'store-unusable',
      `the store has format ${version}, this program reads ${SCHEMA_VERSION}`,
      {
        remedy: 'start the gateway with it once, which brings it up to date',
      },
    );
  }
  return epochOf(db);
}

function epochOf(db: Connection): string {
  const epoch = db.prepare<[], string>('SELECT epoch FROM store').pluck().get();
  if (epoch === undefined || !EPOCH.test(epoch)) throw new DamagedStore('its epoch is gone');
  return epoch;
}

/** By its tables a store is known even where what tells its owner or its format is damaged. */
const OWN_TABLES = ['alert', 'chunk', 'gap', 'open_alert', 'open_gap', 'store'];

/** @throws OperatingError `store-unusable` for another program's database and for a later format */
export function refuseOthers(db: Connection): void {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const isOwn = OWN_TABLES.every((table) => tables.includes(table));
  const isMarked = db.pragma('application_id', { simple: true }) === APPLICATION_ID;
  if (isOwn !== isMarked) throw new DamagedStore('its mark and its tables do not fit together');
  if (!isMarked) {
    throw new OperatingError('store-unusable', 'this is a database of another program', {
      remedy: 'give the gateway a store of its own',
    });
  }
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version < 1) throw new DamagedStore(`it says that it has format ${version}`);
  if (version > SCHEMA_VERSION) {
    throw new OperatingError(
      'store-unusable',
      `the store has format ${version}, this program knows ${SCHEMA_VERSION}`,
      {
        remedy: 'install the version that wrote it, or let the gateway start a new store at another path',
      },
    );
  }
}

/** Nobody has been told of a record of it. */
function isEmpty(db: Connection): boolean {
  return (
    db
      .prepare<[], number>(
        'SELECT EXISTS (SELECT 1 FROM chunk) OR EXISTS (SELECT 1 FROM alert) OR EXISTS (SELECT 1 FROM gap)',
      )
      .pluck()
      .get() === 0
  );
}

/** 80 random bits: two stores of one gateway never get the same epoch. */
function newEpoch(): string {
  return randomBytes(10).toString('hex');
}

/** Each step is one transaction with its version, so that an interruption at any instant leaves a whole store. */
function migrate(db: Connection, isNew: boolean): void {
  const version = isNew ? 0 : (db.pragma('user_version', { simple: true }) as number);
  for (let next = version + 1; next <= SCHEMA_VERSION; next++) {
    db.transaction(() => {
      db.exec(MIGRATIONS[next - 1] ?? '');
      if (next === 1) db.prepare('INSERT INTO store (epoch) VALUES (?)').run(newEpoch());
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${next}`);
    })();
  }
}
