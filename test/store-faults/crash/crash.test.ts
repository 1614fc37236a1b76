import assert from 'node:assert/strict';
import test from 'node:test';
import { crashRounds } from './rounds.ts';

test('a store whose process is killed at any instant has everything that was told as stored', async () => {
  const { figures, findings, seed } = await crashRounds({ rounds: 16, seed: 'short' });
  assert.deepEqual(findings, [], `seed ${seed}`);
  assert.ok(figures.stored > 0 && figures.delivered > 0, 'the writer lived long enough to be worth killing');
});
