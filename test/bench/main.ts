/**
 * `npm run bench`: measures, prints a table, and with `--write` keeps it in docs/benchmarks.md. Medians of
 * several runs; what a figure is compared with is measured in the same run.
 */
import { measureAll } from './measure-parts.ts';
import { load, machine, publish, ROOT, spread } from './page.ts';
import { measurePipeline, type PipelineFigures } from './pipeline.ts';
import { measureProcess, type ProcessFigures } from './process.ts';
import { FULL, publishRules } from './rules/parts.ts';

const RUNS = 5;
const RUN_SECONDS = 30;

const pipeline: PipelineFigures[] = [];
const processes: ProcessFigures[] = [];
for (let run = 0; run < RUNS; run++) {
  pipeline.push(await measurePipeline(ROOT));
  processes.push(await measureProcess(RUN_SECONDS));
  process.stderr.write(`run ${run + 1} of ${RUNS}: ${JSON.stringify({ ...pipeline[run], ...processes[run] })}\n`);
}

publish(
  {
    title: 'Pipeline and process',
    text: `
\`npm run bench -- --write\` makes this section. It needs mosquitto. Each figure is the median of ${RUNS} runs, with the
least and the most; what it is compared with is measured in the same run, in turn.

Machine: ${machine()}; a shared
virtual machine, so compare ratios rather than rates. The gateway of the last three rows is \`simulate --count 30\`
at the speed of life, delivering to a local mosquitto: the simulated straps are in the same process.`,
    rows: [
      {
        what: 'samples a second, decode → rules → group commit of 1,000, FULL',
        goal: '≥ 100,000',
        figures: spread(of(pipeline, 'samplesPerSecond'), 0),
      },
      { what: '— the same, one commit a sample', figures: spread(of(pipeline, 'singleCommitsPerSecond'), 0) },
      { what: '— fdatasync a second on this disk', figures: spread(of(pipeline, 'syncsPerSecond'), 0) },
      {
        what: '— group commit ÷ one commit a sample',
        figures: spread(
          pipeline.map((p) => p.samplesPerSecond / p.singleCommitsPerSecond),
          1,
        ),
      },
      {
        what: 'resident memory, 30 athletes, after 30 s, MB',
        goal: '≤ 100',
        figures: spread(of(processes, 'residentMb'), 1),
      },
      { what: '— its peak, MB', figures: spread(of(processes, 'residentPeakMb'), 1) },
      {
        what: 'start of the process to first sample at a subscriber, s',
        goal: '≤ 3',
        figures: spread(of(processes, 'firstSampleSeconds'), 2),
      },
    ],
  },
  process.argv,
);

const begun = load();
publishRules(await measureAll(FULL), begun);

function of<Key extends string>(runs: readonly Readonly<Record<Key, number>>[], key: Key): number[] {
  return runs.map((run) => run[key]);
}
