/**
 * docs/benchmarks.md: a section for each command that measures. A command writes its own and leaves the others as they
 * are, since each says on which machine it ran.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const PAGE = join(ROOT, 'docs', 'benchmarks.md');

export interface Section {
  /** Names it for ever: the section of this title is the one that is replaced. */
  readonly title: string;
  /** Markdown: how it was measured, and on what. */
  readonly text: string;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly what: string;
  /** Absent for what a figure is compared with, or made of. */
  readonly goal?: string;
  readonly figures: Figures;
}

export interface Figures {
  readonly median: string;
  readonly least: string;
  readonly most: string;
}

/** Of an even number, the upper of the two in the middle. Infinity is "never". */
export function spread(values: readonly number[], digits: number): Figures {
  const sorted = [...values].sort((a, b) => a - b);
  const text = (value = Number.NaN) =>
    value === Number.POSITIVE_INFINITY
      ? 'never'
      : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return { median: text(sorted[Math.floor(sorted.length / 2)]), least: text(sorted[0]), most: text(sorted.at(-1)) };
}

export function machine(): string {
  const { length: cores, 0: cpu } = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpu?.model.trim()}, ${cores} cores, ${memory}, ${type()} ${release()}, Node ${process.version}`;
}

/** How many processes wanted to run, over 1, 5 and 15 minutes: what else the machine had to do. */
export function load(): string {
  return loadavg()
    .map((average) => average.toFixed(1))
    .join(', ');
}

export function markdownOf({ title, text, rows }: Section): string {
  const lines = rows.map(({ what, goal = '', figures: { median, least, most } }) =>
    `| ${[what, goal, median, least, most].join(' | ')} |`.replaceAll('|  |', '| |'),
  );
  const head = ['| what | goal | median | least | most |', '| --- | --- | --- | --- | --- |'];
  return `## ${title}\n\n${text.trim()}\n\n${[...head, ...lines].join('\n')}\n`;
}

/** Prints the section; with `--write` among the arguments it goes to the page as well. */
export function publish(section: Section, args: readonly string[]): void {
  const markdown = markdownOf(section);
  process.stdout.write(markdown);
  if (args.includes('--write')) writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), section.title, markdown));
}

/** The page with this section in the place of the one of the same title, or behind all others. */
export function withSection(page: string, title: string, markdown: string): string {
  const [head = '', ...sections] = page.split(/^(?=## )/m);
  const at = sections.findIndex((section) => section.startsWith(`## ${title}\n`));
  const others = sections.map((section, index) => (index === at ? markdown : section));
  if (at === -1) others.push(markdown);
  return `${[head, ...others].map((part) => part.trim()).join('\n\n')}\n`;
}
