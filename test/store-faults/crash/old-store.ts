/** A store as the first format had it, so that being brought up to date is something to be killed in as well. */

import type { Sample } from '../../../src/domain/sample.ts';
import { encodeChunk } from '../../../src/outbox/chunk.ts';
import { MIGRATIONS } from '../../../src/outbox/migrations.ts';
import { Sqlite } from '../../../src/outbox/sqlite.ts';
import { recordOf } from '../records.ts';

const APPLICATION_ID = 0x53444c4e;
const GROUPS = 60;
const GROUP_RECORDS = 40;

/** @returns how many running numbers it has, from 0 on */
export function writeOldStore(path: string): number {
  const db = new Sqlite(path);
  try {
    db.pragma('page_size = 1024');
    db.pragma('journal_mode = WAL');
    db.exec(MIGRATIONS[0] ?? '');
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma('user_version = 1');
    db.prepare('INSERT INTO store (epoch) VALUES (?)').run('0123456789abcdef0123');
    const chunk = db.prepare(
      'INSERT INTO chunk (first_seq, last_seq, total, to_ms, boot, samples) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const alert = db.prepare('INSERT INTO alert (seq, body) VALUES (?, ?)');
    const gap = db.prepare('INSERT INTO gap (seq, body) VALUES (?, ?)');
    let [seq, total] = [0, 0];
    for (let group = 0; group < GROUPS; group++) {
      const records = Array.from({ length: GROUP_RECORDS }, (_, i) => recordOf(group * GROUP_RECORDS + i));
      const samples = records.flatMap((record): Sample[] => (record.kind === 'sample' ? [record.sample] : []));
      total += samples.length;
      const toMs = samples.at(-1)?.timeMs ?? 0;
      chunk.run(seq + 1, seq + samples.length, total, toMs, 'boot-0', encodeChunk(samples));
      seq += samples.length;
      for (const record of records) {
        if (record.kind === 'alert') alert.run(++seq, JSON.stringify(record.alert));
        else if (record.kind === 'gap') gap.run(++seq, JSON.stringify(record.gap));
      }
    }
    db.prepare('INSERT INTO cursor (uplink, lane, seq) VALUES (?, ?, ?)').run('primary', 'samples', 0);
    return GROUPS * GROUP_RECORDS;
  } finally {
    db.close();
  }
}
