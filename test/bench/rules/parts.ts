/** The parts of the measurement of rules, and their section of the page. */
import { load, machine, publish, type Row, spread } from '../page.ts';
import { type Part, type Progress, repeat } from '../part.ts';
import { allKinds, measureAllocation, measureSeason, measureSpeed, usualRules } from './engine.ts';

/** Two matches a week and training on four other days. */
const SEASON = 240;

const SETS = [
  { what: 'four averages and four sustained', goal: '≥ 500,000', rules: usualRules() },
  { what: 'one of each kind', goal: '≥ 100,000', rules: allKinds() },
] as const;

export const FULL = parts(5, 5, SEASON);
export const QUICK = parts(1, 1, 10);

/** @param begun the load averages before it began */
export function publishRules(rows: readonly Row[], begun: string): void {
  publish(
    {
      title: 'Rules',
      text: `
\`npm run bench:rules -- --write\` makes this section. Fifty simulated hearts with RR intervals, eight rules each, one
process and one thread: the engine alone, samples being made for it as the gateway makes them. Bytes are what the engine
itself allocates. A season is ${SEASON} sessions of half an hour of all fifty, two days apart.

Machine: ${machine()}; a shared
virtual machine. Its load averages were ${begun} at the beginning and ${load()} at the end.`,
      rows,
    },
    process.argv,
  );
}

function parts(runs: number, seconds: number, matches: number): Part[] {
  return [
    { name: 'speed', rows: (progress) => speed(runs, seconds, progress) },
    { name: 'allocation', rows: (progress) => allocation(runs, progress) },
    { name: 'season', rows: (progress) => season(matches, progress) },
  ];
}

async function speed(runs: number, seconds: number, progress: Progress): Promise<Row[]> {
  const rowsOf: Row[] = [];
  for (const { what, goal, rules } of SETS) {
    const figures = await repeat(runs, async () => measureSpeed(rules, seconds));
    progress(what, figures);
    rowsOf.push({ what: `samples a second, 50 athletes × 8 rules: ${what}`, goal, figures: spread(figures, 0) });
  }
  return rowsOf;
}

async function allocation(runs: number, progress: Progress): Promise<Row[]> {
  const rowsOf: Row[] = [];
  for (const { what, rules } of SETS) {
    const figures = await repeat(runs, async () => await measureAllocation(rules));
    progress(what, figures);
    rowsOf.push({ what: `bytes allocated a sample: ${what}`, figures: spread(figures, 1) });
  }
  return rowsOf;
}

async function season(matches: number, progress: Progress): Promise<Row[]> {
  const { earlyMb, lateMb } = await measureSeason(allKinds(), matches);
  progress('all kinds', { earlyMb, lateMb });
  return [
    { what: 'memory after a tenth of a season, one of each kind, MB', figures: spread([earlyMb], 1) },
    { what: '— after the season, MB', goal: 'the same', figures: spread([lateMb], 1) },
  ];
}
