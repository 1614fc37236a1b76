import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { doctorText } from '../../src/cli/doctor-text.ts';
import type { Finding } from '../../src/doctor/finding.ts';

const FINDINGS: readonly Finding[] = [
  { group: 'Bluetooth', check: 'kernel', verdict: 'ok', evidence: 'it is good' },
  { group: 'Bluetooth', check: 'daemon', verdict: 'warning', evidence: 'it runs', remedy: 'stop it' },
  { group: 'Bluetooth', check: 'power', about: 'hci1', verdict: 'skipped', evidence: 'it is not there' },
  { group: 'Store', check: 'room', verdict: 'failed', evidence: 'it is full', remedy: 'make room' },
  { group: 'Clock', check: 'clock', verdict: 'ok', evidence: 'it is right' },
];

const text = (findings: readonly Finding[], width?: number) =>
  doctorText(findings, width).map(stripVTControlCharacters);

test('what somebody has to do comes first, the gravest on top, with its remedy; the rest by groups', () => {
  assert.deepEqual(text(FINDINGS), [
    '✖ FAILED   room: it is full',
    '           → make room',
    '! WARNING  daemon: it runs',
    '           → stop it',
    '',
    'Bluetooth',
    '  ✔ kernel  it is good',
    '  – power   hci1: it is not there',
    '',
    'Clock',
    '  ✔ clock  it is right',
    '',
    '1 failed, 1 warning; 2 good, 1 not judged',
  ]);
});

test('checks of a group that do not matter here, all for one reason, take one line', () => {
  const skipped = (check: string, group = 'Bluetooth'): Finding => {
    return { group, check, verdict: 'skipped', evidence: 'nobody needs it' };
  };
  const good: Finding = { group: 'Bluetooth', check: 'b', verdict: 'ok', evidence: 'good' };
  assert.deepEqual(text([skipped('a'), good, skipped('c'), skipped('d', 'Store')]), [
    'Bluetooth',
    '  – 2 checks  nobody needs it',
    '  ✔ b         good',
    '',
    'Store',
    '  – d  nobody needs it',
    '',
    'nothing is wrong, as far as can be told; 1 good, 3 not judged',
  ]);
});

test('in a terminal no line is wider than that, and what is wrapped stands below its beginning', () => {
  const long = 'one two three four five six seven eight nine';
  const findings: Finding[] = [
    { group: 'Store', check: 'room', verdict: 'failed', evidence: long, remedy: long },
    { group: 'Clock', check: 'clock', verdict: 'ok', evidence: long },
  ];
  const lines = text(findings, 40);
  assert.deepEqual(lines.slice(0, 4), [
    '✖ FAILED   room: one two three four five',
    '           six seven eight nine',
    '           → one two three four five six',
    '             seven eight nine',
  ]);
  assert.deepEqual(lines.slice(6, 8), ['  ✔ clock  one two three four five six', '           seven eight nine']);
  assert.ok(lines.every((line) => line.length <= 40));
});
