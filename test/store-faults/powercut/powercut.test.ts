import assert from 'node:assert/strict';
import test from 'node:test';
import { requires } from '../../requirements.ts';
import { powerCutRounds } from './rounds.ts';

const seed = 'short';

test('a power cut at any instant leaves everything that was told as stored', requires('strace'), async () => {
  const { findings, stored } = await powerCutRounds({ rounds: 16, seed, synchronous: 'FULL' });
  assert.deepEqual(findings, []);
  assert.ok(stored > 0, 'something was at stake');
});

test('a power cut leaves what was told as stored also where fsyncs had failed before', requires('strace'), async () => {
  const how = { rounds: 8, seed, synchronous: 'FULL', failingSyncEvery: 13 } as const;
  const { findings, failedSyncs } = await powerCutRounds(how);
  assert.deepEqual(findings, []);
  assert.ok(failedSyncs > 0, 'some fsyncs failed');
});

test('the same power cuts find out commits that do not wait for the disk', requires('strace'), async () => {
  const { failed } = await powerCutRounds({ rounds: 8, seed, synchronous: 'NORMAL' });
  assert.ok(failed > 0, 'synchronous = NORMAL lost nothing: these power cuts prove nothing');
});
