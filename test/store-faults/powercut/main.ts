/**
 * `npm run powercut -- --rounds N [--seed S] [--synchronous NORMAL] [--failing-sync-every N]`: cuts the power of a store N times. Exit code 1 where
 * something was found, as it is to be with NORMAL.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type PowerCutSummary, powerCutRounds } from './rounds.ts';

const MOST_SHOWN = 20;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    seed: { type: 'string' },
    'failing-sync-every': { type: 'string' },
    synchronous: { type: 'string', default: 'FULL' },
  },
});
const { synchronous, 'failing-sync-every': failing, seed = randomBytes(4).toString('hex') } = values;
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1 || (synchronous !== 'FULL' && synchronous !== 'NORMAL')) {
  process.stderr.write(
    'usage: npm run powercut -- --rounds N [--seed S] [--synchronous FULL|NORMAL] [--failing-sync-every N]\n',
  );
  process.exit(2);
}
const summary = await powerCutRounds({
  rounds,
  seed,
  synchronous,
  ...(failing === undefined ? {} : { failingSyncEvery: Number(failing) }),
});
process.stdout.write(report(summary));
process.exit(summary.failed === 0 ? 0 : 1);

function report({ seed, rounds, failed, cuts, syncs, failedSyncs, stored, findings }: PowerCutSummary): string {
  const lines: readonly [what: string, figure: string | number][] = [
    ['seed', seed],
    ['synchronous', synchronous],
    ['rounds', rounds],
    [
      'what the cuts left unsynced',
      Object.entries(cuts)
        .map(([cut, count]) => `${cut} ${count}`)
        .join(', '),
    ],
    ['syncs recorded', `${syncs}, and ${failedSyncs} that failed`],
    ['records told as stored before a cut', stored],
    ['rounds with findings', failed],
  ];
  return [...lines.map(([what, figure]) => `${what}: ${figure}`), ...findings.slice(0, MOST_SHOWN), ''].join('\n');
}
