import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync } from 'node:fs';
import test from 'node:test';
import { isJournal, journalLine } from '../../src/telemetry/journal.ts';
import { Log } from '../../src/telemetry/log.ts';

test('each line of the log has its level before it, as journald wants it', () => {
  const lines: string[] = [];
  const log = new Log({ write: (line) => lines.push(journalLine(line)) });
  log.emit({ event: 'alert.raised', athlete: '7', rule: 'high', severity: 'critical' });
  log.emit({ event: 'alert.raised', athlete: '7', rule: 'high', severity: 'warning' });
  log.emit({ event: 'alert.raised', athlete: '7', rule: 'high', severity: 'notice' });
  assert.deepEqual(
    lines.map((line) => line.slice(0, 4)),
    ['<3>{', '<4>{', '<6>{'],
  );
  assert.equal(journalLine('a line of another kind\n'), 'a line of another kind\n');
});

test('a stream is the journal when the environment names it by device and inode', () => {
  const descriptor = openSync(import.meta.filename, 'r');
  try {
    const { dev, ino } = fstatSync(descriptor);
    assert.ok(isJournal(descriptor, { JOURNAL_STREAM: `${dev}:${ino}` }));
    assert.ok(!isJournal(descriptor, { JOURNAL_STREAM: `${dev}:${ino + 1}` }));
    assert.ok(!isJournal(descriptor, { JOURNAL_STREAM: 'nonsense' }));
    assert.ok(!isJournal(descriptor, {}));
  } finally {
    closeSync(descriptor);
  }
});
