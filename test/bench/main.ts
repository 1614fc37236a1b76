/**
 * `npm run bench`: measures, prints a table, and with `--write` keeps it in docs/benchmarks.md. Medians of
 * several runs; what a figure is compared with is measured in the same run.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { measurePipeline, type PipelineFigures } from './pipeline.ts';
import { measureProcess, type ProcessFigures } from './process.ts';

const RUNS = 5;
const RUN_SECONDS = 30;
const ROOT = join(import.meta.dirname, '..', '..');

const pipeline: PipelineFigures[] = [];
const processes: ProcessFigures[] = [];
for (let run = 0; run < RUNS; run++) {
  pipeline.push(await measurePipeline(ROOT));
  processes.push(await measureProcess(RUN_SECONDS));
  process.stderr.write(`run ${run + 1} of ${RUNS}: ${JSON.stringify({ ...pipeline[run], ...processes[run] })}\n`);
}

const rows = [
  [
    'samples a second, decode → rules → group commit of 1,000, FULL',
    '≥ 100,000',
    ...spread(
      pipeline.map((p) => p.samplesPerSecond),
      0,
    ),
  ],
  [
    '— the same, one commit a sample',
    '',
    ...spread(
      pipeline.map((p) => p.singleCommitsPerSecond),
      0,
    ),
  ],
  [
    '— fdatasync a second on this disk',
    '',
    ...spread(
      pipeline.map((p) => p.syncsPerSecond),
      0,
    ),
  ],
  [
    '— group commit ÷ one commit a sample',
    '',
    ...spread(
      pipeline.map((p) => p.samplesPerSecond / p.singleCommitsPerSecond),
      1,
    ),
  ],
  [
    'resident memory, 30 athletes, after 30 s, MB',
    '≤ 100',
    ...spread(
      processes.map((p) => p.residentMb),
      1,
    ),
  ],
  [
    '— its peak, MB',
    '',
    ...spread(
      processes.map((p) => p.residentPeakMb),
      1,
    ),
  ],
  [
    'start of the process to first sample at a subscriber, s',
    '≤ 3',
    ...spread(
      processes.map((p) => p.firstSampleSeconds),
      2,
    ),
  ],
];

const page = `# Benchmarks

\`npm run bench -- --write\` makes this page. It needs mosquitto. Each figure is the median of ${RUNS} runs, with the
least and the most; what it is compared with is measured in the same run, in turn.

Machine: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.version}; a shared
virtual machine, so compare ratios rather than rates. The gateway of the last three rows is \`simulate --count 30\`
at the speed of life, delivering to a local mosquitto: the simulated straps are in the same process.

| what | goal | median | least | most |
| --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
process.stdout.write(page);
if (process.argv.includes('--write')) writeFileSync(join(ROOT, 'docs', 'benchmarks.md'), page);

function spread(values: readonly number[], digits: number): string[] {
  const sorted = [...values].sort((a, b) => a - b);
  const text = (value = Number.NaN) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return [text(sorted[Math.floor(sorted.length / 2)]), text(sorted[0]), text(sorted.at(-1))];
}
