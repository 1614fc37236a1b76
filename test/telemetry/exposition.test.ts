import assert from 'node:assert/strict';
import test from 'node:test';
import { exposition } from '../../src/telemetry/exposition.ts';
import { figure, readExposition } from '../fixtures/exposition.ts';

test('counters and gauges stand with their help, their type and their labels', () => {
  const text = exposition([
    { name: 'sideline_a_total', help: 'Things.', type: 'counter', samples: [{ value: 7 }] },
    {
      name: 'sideline_b',
      help: 'Others.',
      type: 'gauge',
      samples: [
        { labels: { kind: 'x', uplink: 'primary' }, value: 0.25 },
        { labels: { kind: 'y', uplink: 'primary' }, value: Number.POSITIVE_INFINITY },
        { labels: { kind: 'z', uplink: 'primary' }, value: Number.NEGATIVE_INFINITY },
      ],
    },
  ]);
  assert.equal(
    text,
    `# HELP sideline_a_total Things.
# TYPE sideline_a_total counter
sideline_a_total 7
# HELP sideline_b Others.
# TYPE sideline_b gauge
sideline_b{kind="x",uplink="primary"} 0.25
sideline_b{kind="y",uplink="primary"} +Inf
sideline_b{kind="z",uplink="primary"} -Inf
`,
  );
});

test('a metric of which nothing is known is left out', () => {
  assert.equal(exposition([{ name: 'sideline_a', help: 'A.', type: 'gauge', samples: [] }]), '');
});

test('quotes, backslashes and line ends in labels and in help come back as they were', () => {
  const value = 'h4:unix:/a "b"\\n\n}';
  const text = exposition([
    { name: 'sideline_a', help: 'One\\two\nthree.', type: 'gauge', samples: [{ labels: { value }, value: 1 }] },
  ]);
  assert.equal(text.split('\n').length, 4);
  const [family] = readExposition(text);
  assert.deepEqual([family?.help, family?.figures[0]?.labels], ['One\\\\two\\nthree.', { value }]);
});

test('a histogram has buckets that hold those before them, its sum and its count', () => {
  const value = { bounds: [0.1, 1], counts: [2, 0, 3], sum: 12.5 };
  const text = exposition([
    { name: 'sideline_a_seconds', help: 'A.', type: 'histogram', samples: [{ labels: { uplink: 'mirror' }, value }] },
  ]);
  const families = readExposition(text);
  const bucket = (le: string) => figure(families, 'sideline_a_seconds_bucket', { le, uplink: 'mirror' });
  assert.deepEqual(['0.1', '1', '+Inf'].map(bucket), [2, 2, 5]);
  assert.equal(figure(families, 'sideline_a_seconds_sum'), 12.5);
  assert.equal(figure(families, 'sideline_a_seconds_count'), 5);
});
