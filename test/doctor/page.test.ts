import assert from 'node:assert/strict';
import test from 'node:test';
import { CHECK_GROUPS } from '../../src/doctor/checks.ts';
import { findingsOf } from './findings-of.ts';
import { PAGE, type Row, PAGE_ROWS as rows } from './page-rows.ts';
import { PROVOKED } from './provoked.ts';

/** What the tests of the store provoke that takes another user. */
const PROVOKED_ELSEWHERE = [/^this user may not look into the folder/, /: the gateway may not open it$/];

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
