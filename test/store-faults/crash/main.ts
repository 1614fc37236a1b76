/**
 * `npm run crash -- --rounds N [--seed S]`: kills the writer of a store N times and looks for what was lost. Exit code 1
 * where something was found; the same seed kills at about the same instants again.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type CrashSummary, crashRounds } from './rounds.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1000' }, seed: { type: 'string' } } });
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1) {
  process.stderr.write('usage: npm run crash -- --rounds N [--seed S]\n');
  process.exit(2);
}
const startMs = performance.now();
const summary = await crashRounds({ rounds, seed: values.seed ?? randomBytes(4).toString('hex') });
process.stdout.write(report(summary, performance.now() - startMs));
process.exit(summary.findings.length === 0 ? 0 : 1);

function report({ seed, rounds, killedWhileOpening, figures, findings }: CrashSummary, durationMs: number): string {
  const lines: readonly [what: string, figure: string | number][] = [
    ['seed', seed],
    ['rounds', `${rounds} (${killedWhileOpening} killed while the store was being opened)`],
    ['rounds per second', ((rounds / durationMs) * 1000).toFixed(1)],
    ['records told as stored', figures.stored],
    ['delivered', figures.delivered],
    ['evicted before delivery, in the ledger', figures.evicted],
    ['delivered twice', `${figures.duplicates} (all acknowledged after the last group commit)`],
    ['most that one crash could have repeated', figures.unpersistedAtMost],
    ['findings', findings.length],
  ];
  return [...lines.map(([what, figure]) => `${what}: ${figure}`), ...findings, ''].join('\n');
}
