/**
 * The store's tables, and how the file is opened so that what is committed survives a power cut.
 *
 * A chunk is the samples of one group commit, with consecutive sequence numbers, in one row: a row a
 * sample would write three to four times as many bytes to the card. Alerts and ledger entries are few and
 * are rows of their own. Nothing refers to the time that a record has; order is the sequence number.
 */
import { randomBytes } from 'node:crypto';
import { OperatingError } from '../domain/errors.ts';
import type { Connection } from './sqlite.ts';

const SCHEMA_VERSION = 1;

/** "SDLN": says whose file it is, so that no other program's database is taken for a store. */
const APPLICATION_ID = 0x53444c4e;

/** Small pages: a commit of a second's samples writes 334 bytes a sample with 1 KiB pages, 453 with 4 KiB. */
const PAGE_BYTES = 1024;

const TABLES = `
  CREATE TABLE store (epoch TEXT NOT NULL) STRICT;

  -- total counts the samples ever appended up to the end of this chunk, so that a backlog is a
  -- subtraction, however long it is. boot names the boot that monotonic stamps belong to.
  CREATE TABLE chunk (
    first_seq INTEGER PRIMARY KEY,
    last_seq  INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    to_ms     INTEGER NOT NULL,
    boot      TEXT    NOT NULL,
    samples   TEXT    NOT NULL
  ) STRICT;

  CREATE TABLE alert (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE gap (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;

  -- What is open now, by the event or entry that opened it.
  CREATE TABLE open_alert (athlete TEXT, rule TEXT, body TEXT NOT NULL, PRIMARY KEY (athlete, rule)) STRICT, WITHOUT ROWID;
  CREATE TABLE open_gap (athlete TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE cursor (uplink TEXT, lane TEXT, seq INTEGER NOT NULL, PRIMARY KEY (uplink, lane)) STRICT, WITHOUT ROWID;
`;

/**
 * Takes the lock, sets what has to be set on every open, and makes the tables of a new store.
 *
 * @returns the store's epoch
 * @throws OperatingError `store-unusable` when the file is somebody else's or of a later version, or durability cannot be had
 */
export function prepare(db: Connection): string {
  // One connection only, held for good: the lock goes with the process, however it ends, and the
  // WAL index needs no shared memory file.
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma(`page_size = ${PAGE_BYTES}`);
  const isNew = db.prepare('SELECT count(*) FROM sqlite_master').pluck().get() === 0;
  if (!isNew) refuseOthers(db);
  db.pragma('journal_mode = WAL');
  // better-sqlite3 opens an existing WAL database with NORMAL, which loses commits in a power cut.
  db.pragma('synchronous = FULL');
  const synchronous = db.pragma('synchronous', { simple: true });
  if (synchronous !== 2) {
    throw new OperatingError('store-unusable', `synchronous = FULL was not taken (it is ${synchronous})`);
  }
  if (isNew) create(db);
  return db.prepare('SELECT epoch FROM store').pluck().get() as string;
}

function refuseOthers(db: Connection): void {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new OperatingError('store-unusable', 'this is a database of another program', {
      remedy: 'give the gateway a store of its own',
    });
  }
  const version = db.pragma('user_version', { simple: true });
  if (version !== SCHEMA_VERSION) {
    throw new OperatingError(
      'store-unusable',
      `the store has format ${version}, this program knows ${SCHEMA_VERSION}`,
      {
        remedy: 'install the version that wrote it, or let the gateway start a new store at another path',
      },
    );
  }
}

function create(db: Connection): void {
  // 80 random bits: two stores of one gateway never get the same epoch.
  const epoch = randomBytes(10).toString('hex');
  db.transaction(() => {
    db.exec(TABLES);
    db.prepare('INSERT INTO store (epoch) VALUES (?)').run(epoch);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}
