import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { CHECK_GROUPS } from '../../src/doctor/checks.ts';
import type { Judgement } from '../../src/doctor/finding.ts';
import { findingsOf } from './findings-of.ts';
import { PROVOKED } from './provoked.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/doctor.md'), 'utf8');

/** What the tests of the store provoke that takes another user. */
const PROVOKED_ELSEWHERE = [/^this user may not look into the folder/, /: the gateway may not open it$/];

interface Row {
  readonly line: string;
  readonly check: string;
  matches(found: Judgement): boolean;
}

/** A line such as `- **failed**: the evidence … with what differs → the remedy`. */
function rowsIn(page: string): Row[] {
  let check = '';
  return page.split('\n').flatMap((line) => {
    check = /^### `(.+)`$/.exec(line)?.[1] ?? check;
    const [, verdict, evidence = '', remedy] = /^- \*\*(\w+)\*\*: (.*?)(?: → (.*))?$/.exec(line) ?? [];
    if (verdict === undefined) return [];
    const matches = (found: Judgement) =>
      found.verdict === verdict &&
      pattern(evidence).test(found.evidence) &&
      (remedy === undefined ? found.remedy === undefined : pattern(remedy).test(found.remedy ?? ''));
    return [{ line, check, matches }];
  });
}

function pattern(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

const rows = rowsIn(PAGE);

test('the page has a section for each check, in the order of the checks', () => {
  const headings = PAGE.split('\n').flatMap((line) => /^##(?:# `(.+)`| (.+))$/.exec(line)?.slice(1) ?? []);
  assert.deepEqual(
    headings.filter((heading) => heading !== undefined),
    CHECK_GROUPS.flatMap(({ title, checks }) => [title, ...checks.map(({ name }) => name)]),
  );
  for (const { checks } of CHECK_GROUPS) {
    for (const { name } of checks)
      assert.ok(
        rows.some(({ check }) => check === name),
        `${name} has no verdicts`,
      );
  }
});

test('whatever is found is on the page with what to do, and whatever is on the page can be found', async () => {
  const seen = new Set<Row>();
  for (const provoked of PROVOKED) {
    for (const found of await findingsOf(provoked.check, provoked)) {
      const matching = rows.filter((row) => row.check === provoked.check.name && row.matches(found));
      assert.notDeepEqual(matching, [], `${provoked.check.name}: ${JSON.stringify(found)} is not on the page`);
      for (const row of matching) seen.add(row);
    }
  }
  const checks = new Set(PROVOKED.map(({ check }) => check.name));
  const unseen = rows.filter(({ check, line }) => {
    const evidence = /^- \*\*\w+\*\*: (.*?)(?: → .*)?$/.exec(line)?.[1] ?? '';
    return checks.has(check) && !PROVOKED_ELSEWHERE.some((elsewhere) => elsewhere.test(evidence));
  });
  assert.deepEqual(
    unseen.filter((row) => !seen.has(row)).map(({ check, line }) => `${check}: ${line}`),
    [],
  );
});
