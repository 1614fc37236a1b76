import assert from 'node:assert/strict';
import test from 'node:test';
import { PATIENCE_MS, requiresInstalling } from '../installed-gateway.ts';
import { cutPower } from './rounds.ts';

const ROUNDS = 3;

test('a machine whose power is cut again and again opens its store each time, and delivers all that it has accepted', {
  timeout: PATIENCE_MS,
  ...requiresInstalling(),
}, async () => {
  const { records } = await cutPower(ROUNDS);
  assert.ok(records > ROUNDS * 9, `${records} records`);
});
