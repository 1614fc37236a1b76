import assert from 'node:assert/strict';
import test from 'node:test';
import { judgeAthletes } from '../../src/cli/athletes-line.ts';

test('where a file cannot be judged at all, that is a problem of it and no end of the gateway', async () => {
  // Nothing that can go to a thread.
  const read = { ok: true, text: '', version: (() => {}) as never } as const;
  const answer = await judgeAthletes({ path: 'athletes.yaml', read, inForce: [] }, new AbortController().signal);
  assert.ok(!answer.ok);
  const [{ place, what, remedy } = {}] = answer.problems;
  assert.equal(place, 'athletes.yaml:1:1');
  assert.match(what ?? '', /^checking this file has failed/);
  assert.equal(remedy, 'see what "sideline check" says of it, and save it again');
});
