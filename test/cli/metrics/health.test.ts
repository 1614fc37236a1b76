import assert from 'node:assert/strict';
import test from 'node:test';
import { healthPage } from '../../../src/cli/metrics/health.ts';

test('the health is 200 while the pipeline gets on', () => {
  const { status, text } = healthPage({ ok: true, stuck: [] });
  assert.deepEqual([status, text], [200, 'ok\n']);
});

test('and 503 with what does not, and for how long', () => {
  const stuck = [
    { part: 'ingest', forMs: 12_345 },
    { part: 'delivery', uplink: 'primary', forMs: 61_000 },
  ];
  const { status, text } = healthPage({ ok: false, stuck });
  assert.deepEqual(
    [status, text],
    [503, 'ingest has not gone on for 12 s\ndelivery to primary has not gone on for 61 s\n'],
  );
});
