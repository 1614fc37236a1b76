import assert from 'node:assert/strict';
import test from 'node:test';
import { Random } from '../../../simulator/random.ts';
import { Disk } from './disk.ts';
import type { Step } from './recording.ts';

const write = (file: string, offset: number, text: string): Step => ({
  type: 'write',
  file,
  offset,
  bytes: Buffer.from(text),
});
const created: Step = { type: 'open', file: 'a', creates: true, empties: false };
const synced = (file: string): Step[] => [
  { type: 'sync-begun', file },
  { type: 'synced', file },
];

/** All the different things that many cuts leave of one file, as text; `-` where it is not there. */
function cutsOf(steps: readonly Step[], file: string): Set<string> {
  const disk = new Disk(new Random('cuts'));
  for (const step of steps) disk.take(step);
  return new Set(Array.from({ length: 300 }, () => disk.cut().files.get(file)?.toString('latin1') ?? '-'));
}

test('what was synced is there after any cut', () => {
  const cuts = cutsOf([created, write('a', 0, 'one'), ...synced('a')], 'a');
  assert.deepEqual([...cuts], ['one']);
});

test('writes without an offset follow each other, and begin anew when the file is opened', () => {
  const on = (text: string): Step => ({ type: 'write', file: 'a', bytes: Buffer.from(text) });
  assert.deepEqual([...cutsOf([created, on('one'), on(' two'), ...synced('a')], 'a')], ['one two']);
  const emptied: Step = { type: 'open', file: 'a', creates: true, empties: true };
  assert.deepEqual([...cutsOf([created, on('one'), emptied, on('2'), ...synced('a')], 'a')], ['2']);
});

test('what was written since may be there, or not, or in part', () => {
  const sectors = ['x', 'y'].map((letter) => letter.repeat(512));
  const cuts = cutsOf([created, ...synced('a'), write('a', 0, sectors.join(''))], 'a');
  const none = '\0'.repeat(512);
  assert.deepEqual(cuts, new Set(['', sectors.join(''), sectors[0] ?? '', `${none}${sectors[1]}`]));
});

test('a write after the sync began is not covered by it', () => {
  const steps: Step[] = [
    created,
    write('a', 0, '1'),
    { type: 'sync-begun', file: 'a' },
    write('a', 1, '2'),
    { type: 'synced', file: 'a' },
  ];
  assert.deepEqual(cutsOf(steps, 'a'), new Set(['1', '12']));
});

test('of two writes to a sector either may be the one that is there', () => {
  const steps: Step[] = [created, ...synced('a'), write('a', 0, '1'), write('a', 0, '2')];
  assert.deepEqual(cutsOf(steps, 'a'), new Set(['', '1', '2']));
});

test('a new file, a deleted one and a renamed one may be as they were before, until something is synced', () => {
  const made: Step[] = [created, write('a', 0, '1')];
  assert.ok(cutsOf(made, 'a').has('-'));
  const durable = [...made, ...synced('a')];
  assert.deepEqual(cutsOf([...durable, { type: 'unlink', file: 'a' }], 'a'), new Set(['1', '-']));
  const renamed: Step[] = [...durable, { type: 'rename', file: 'a', to: 'b' }];
  assert.deepEqual(cutsOf(renamed, 'b'), new Set(['1', '-']));
  assert.deepEqual(cutsOf([...renamed, ...synced('')], 'b'), new Set(['1']));
});

test('a file that was cut shorter may still have its end', () => {
  const steps: Step[] = [created, write('a', 0, 'long'), ...synced('a')];
  assert.deepEqual(cutsOf([...steps, { type: 'truncate', file: 'a', size: 2 }], 'a'), new Set(['long', 'lo']));
});

test('what a sync failed to write is not made up for by a later one', () => {
  const steps: Step[] = [
    created,
    write('a', 0, 'x'.repeat(512 * 64)),
    { type: 'sync-begun', file: 'a' },
    { type: 'sync-failed', file: 'a' },
    ...synced('a'),
  ];
  const [left = '', ...others] = cutsOf(steps, 'a');
  assert.deepEqual(others, []);
  assert.ok(left.includes('x') && left.includes('\0'));
});
