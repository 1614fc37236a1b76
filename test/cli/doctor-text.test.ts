import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { doctorText } from '../../src/cli/doctor-text.ts';
import type { Finding } from '../../src/doctor/finding.ts';

const FINDINGS: readonly Finding[] = [
  { check: 'kernel', verdict: 'ok', evidence: 'it is good' },
  { check: 'daemon', verdict: 'warning', evidence: 'it runs', remedy: 'stop it' },
  { check: 'adapter', about: 'hci0', verdict: 'failed', evidence: 'it is down', remedy: 'switch it on' },
  { check: 'power', about: 'hci1', verdict: 'skipped', evidence: 'it is not there' },
];

const text = (findings: readonly Finding[]) => doctorText(findings).map(stripVTControlCharacters);

test('findings stand below each other, each with its word, its remedy below it, and the count at the end', () => {
  assert.deepEqual(text(FINDINGS), [
    '✔ OK       kernel   it is good',
    '! WARNING  daemon   it runs',
    '                    → stop it',
    '✖ FAILED   adapter  hci0: it is down',
    '                    → switch it on',
    '– SKIPPED  power    hci1: it is not there',
    '',
    '1 failed, 1 warning',
  ]);
});

test('checks that do not matter here, all for one reason, take one line', () => {
  const skipped = (check: string): Finding => ({ check, verdict: 'skipped', evidence: 'nobody needs it' });
  assert.deepEqual(text([skipped('a'), { check: 'b', verdict: 'ok', evidence: 'good' }, skipped('c')]), [
    '– SKIPPED  2 checks  nobody needs it',
    '✔ OK       b         good',
    '',
    'nothing is wrong, as far as 3 findings can tell',
  ]);
});
