import assert from 'node:assert/strict';
import test from 'node:test';
import { CHECK_GROUPS, type CheckGroup, examine } from '../../src/doctor/checks.ts';
import type { Check, Surroundings } from '../../src/doctor/finding.ts';

const good: Check = { name: 'good', run: async () => [{ verdict: 'ok', evidence: 'it is good' }] };
const broken: Check = { name: 'broken', run: () => Promise.reject(new Error('EIO: i/o error, read')) };
const throwing: Check = {
  name: 'throwing',
  run: () => {
    throw new Error('not even begun');
  },
};
const hanging: Check = { name: 'hanging', run: () => new Promise(() => {}) };

const groups = (...checks: Check[]): CheckGroup[] => [{ title: 'Tried', checks }];

/** None of these checks looks at anything. */
const NOWHERE = {} as Surroundings;

test('a check that fails or hangs is a finding of its own, and the others find what they find', async () => {
  const findings = await examine(NOWHERE, { groups: groups(broken, good, throwing, hanging), patienceMs: 50 });
  assert.deepEqual(
    findings.map(({ group, check, verdict, evidence }) => `${group}/${check} ${verdict}: ${evidence}`),
    [
      'Tried/broken failed: it could not be looked at: EIO: i/o error, read',
      'Tried/good ok: it is good',
      'Tried/throwing failed: it could not be looked at: not even begun',
      'Tried/hanging failed: it could not be looked at: it took more than 0.05 seconds',
    ],
  );
  assert.ok(findings.every(({ verdict, remedy }) => verdict === 'ok' || remedy !== undefined));
});

test('no two checks have one name', () => {
  const names = CHECK_GROUPS.flatMap(({ checks }) => checks.map(({ name }) => name));
  assert.equal(new Set(names).size, names.length);
});
