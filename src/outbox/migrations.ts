/**
 * The store's formats: each entry brings a store from the format before it to its own, the first one makes it. They
 * are never changed once released, and none rewrites the chunks: a store of gigabytes opens as fast as an empty one.
 */
export const MIGRATIONS: readonly string[] = [
  `
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
  `,
  `
  -- crc is the CRC-32 of the text and of all other columns, absent where the first format wrote it. counts says how many samples of whom are in
  -- the chunk, as JSON, for when the text cannot be read any more. offset_ms is the wall time minus the monotonic time
  -- by which the times in it were made while the clock was not trusted. origin is the identity of what was saved from
  -- a damaged store: its epoch and first sequence number there, as JSON.
  ALTER TABLE chunk ADD COLUMN from_ms INTEGER;
  ALTER TABLE chunk ADD COLUMN counts TEXT;
  ALTER TABLE chunk ADD COLUMN crc INTEGER;
  ALTER TABLE chunk ADD COLUMN offset_ms INTEGER;
  ALTER TABLE chunk ADD COLUMN origin TEXT;

  ALTER TABLE alert ADD COLUMN boot TEXT;
  ALTER TABLE alert ADD COLUMN crc INTEGER;
  ALTER TABLE alert ADD COLUMN offset_ms INTEGER;
  ALTER TABLE alert ADD COLUMN origin TEXT;

  ALTER TABLE gap ADD COLUMN boot TEXT;
  ALTER TABLE gap ADD COLUMN crc INTEGER;
  ALTER TABLE gap ADD COLUMN offset_ms INTEGER;
  ALTER TABLE gap ADD COLUMN origin TEXT;

  -- Of the record whose body it is.
  ALTER TABLE open_alert ADD COLUMN boot TEXT;
  ALTER TABLE open_alert ADD COLUMN offset_ms INTEGER;
  ALTER TABLE open_gap ADD COLUMN boot TEXT;
  ALTER TABLE open_gap ADD COLUMN offset_ms INTEGER;

  -- What each uplink has acknowledged, as JSON pairs: sequence numbers above the first, up to and with the second.
  CREATE TABLE acknowledged (
    uplink TEXT, kind TEXT, ranges TEXT NOT NULL, crc INTEGER, PRIMARY KEY (uplink, kind)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO acknowledged (uplink, kind, ranges) SELECT uplink, lane, json_array(json_array(0, seq)) FROM cursor WHERE seq > 0;
  DROP TABLE cursor;

  -- Wall time minus monotonic time of boots whose time became known after records were stored without it.
  CREATE TABLE boot (id TEXT PRIMARY KEY, offset_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  -- Damaged stores that were moved aside, by the name of the file, and up to which of their numbers this one has taken
  -- their records over.
  CREATE TABLE salvage (
    file TEXT PRIMARY KEY, through INTEGER NOT NULL, is_done INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Samples around alerts, which are the last to go: above after, up to and with through; absent while it grows.
  CREATE TABLE pin (after INTEGER PRIMARY KEY, through INTEGER) STRICT;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;
