/**
 * `npm run fuzz -- --count N [--seed S]`: malformed radio input, N times. Prints what became of it; exit code 1 where
 * something was found, which the seed shows again. With `--unguarded`, without the guard: what noble alone makes of it.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type FuzzSummary, fuzzRadio } from './radio.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    unguarded: { type: 'boolean', default: false },
  },
});
const count = Number(values.count);
if (!Number.isSafeInteger(count) || count < 1) {
  process.stderr.write('usage: npm run fuzz -- --count N [--seed S] [--unguarded]\n');
  process.exit(2);
}
const summary = await fuzzRadio({
  count,
  seed: values.seed ?? randomBytes(4).toString('hex'),
  unguarded: values.unguarded,
});
process.stdout.write(report(summary));
process.exit(summary.findings.length === 0 ? 0 : 1);

function report({
  seed,
  inputs,
  samples,
  links,
  restarts,
  contained,
  dropped,
  findings,
  durationMs,
}: FuzzSummary): string {
  const total = Object.values(inputs).reduce((sum, each) => sum + each, 0);
  const figures: readonly [what: string, figure: string | number][] = [
    ['seed', seed],
    [
      'inputs',
      `${total} (${Object.entries(inputs)
        .map(([kind, each]) => `${kind} ${each}`)
        .join(', ')})`,
    ],
    ['per second', Math.round((total / durationMs) * 1000)],
    ['links', links],
    ['adapter begun anew', restarts],
    ['kept from noble', dropped],
    ['readings that came through', samples],
    ['thrown by noble, contained', [...contained].map(([text, each]) => `${each} × ${text}`).join('; ') || 0],
    ['findings', findings.length],
  ];
  return [...figures.map(([what, figure]) => `${what}: ${figure}`), ...findings, ''].join('\n');
}
