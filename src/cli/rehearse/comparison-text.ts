/** What other rules would change, as a table for a person and as JSON. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { AlertSpan } from '../../domain/recording/alert-spans.ts';
import {
  type Change,
  type Comparison,
  FLAP_ALERTS,
  FLAP_WITHIN_MS,
  type Flapping,
} from '../../domain/recording/comparison.ts';
import { counted } from '../output.ts';
import { duration } from '../quantity-text.ts';

/** The files that were compared: what was rehearsed, under which rules, and under which others. */
export interface ComparedFiles {
  readonly source: string;
  readonly before: string;
  readonly after: string;
}

/** One document. Times in ISO 8601; `before` is under `--athletes`, `after` under `--against`; nothing where it is absent. */
export function comparisonJson({ changes, unchanged, flapping }: Comparison, files: ComparedFiles): string {
  const flapLimit = { moreThan: FLAP_ALERTS, withinMs: FLAP_WITHIN_MS };
  return JSON.stringify({ files, changes: changes.map(changeJson), unchanged, flapLimit, flapping });
}

function changeJson(change: Change): object {
  const { athlete, rule } = 'before' in change ? change.before : change.after;
  return {
    change: change.change,
    athlete,
    rule,
    ...('before' in change ? { before: spanJson(change.before) } : {}),
    ...('after' in change ? { after: spanJson(change.after) } : {}),
    ...('differs' in change ? { differs: change.differs } : {}),
  };
}

function spanJson({ athlete: _, rule: __, raisedMs, clearedMs, ...rest }: AlertSpan): object {
  return {
    raised: new Date(raisedMs).toISOString(),
    ...(clearedMs === undefined ? {} : { cleared: new Date(clearedMs).toISOString() }),
    ...rest,
  };
}

const HEAD = ['ATHLETE', 'RULE', '', 'RAISED (UTC)', 'VALUE', 'CLEARED', 'SEVERITY'];
const WORDS = { appears: 'appears', vanishes: 'vanishes' } as const;

/** In colour where stdout is a terminal. */
export function comparisonText({ changes, unchanged, flapping }: Comparison, files: ComparedFiles): string[] {
  const count = (name: Change['change']) => changes.filter(({ change }) => change === name).length;
  const verdict = [
    `${counted(count('appears'), 'alert')} would appear`,
    `${count('vanishes')} vanish`,
    `${count('moves')} move`,
    `${unchanged} stay as they are`,
  ].join(', ');
  return [
    styleText('bold', `${files.source}, with ${files.after} instead of ${files.before}:`),
    `${verdict}.`,
    ...(changes.length === 0 ? [] : ['', ...table([HEAD, ...changes.flatMap(rowsOf)])]),
    ...(flapping.length === 0 ? [] : ['', ...flappingLines(flapping)]),
  ];
}

function rowsOf(change: Change): string[][] {
  switch (change.change) {
    case 'appears':
      return [cells(change.after, styleText('red', WORDS.appears))];
    case 'vanishes':
      return [cells(change.before, styleText('green', WORDS.vanishes))];
    case 'moves': {
      const [, , ...to] = cells(change.after, '    to');
      return [cells(change.before, styleText('yellow', 'moves from')), ['', '', ...to]];
    }
  }
}

function cells(span: AlertSpan, word: string): string[] {
  const { athlete, rule, raisedMs, clearedMs, value, severity, shadow } = span;
  return [
    athlete,
    rule,
    word,
    instant(raisedMs),
    value === undefined ? '–' : String(Math.round(value * 10) / 10),
    clearedMs === undefined ? 'open' : clearedText(clearedMs, raisedMs),
    shadow === true ? `${severity}, on trial` : severity,
  ];
}

/** The day only where it is another one. */
function clearedText(clearedMs: number, raisedMs: number): string {
  const [raised, cleared] = [instant(raisedMs), instant(clearedMs)];
  const dayLength = 'yyyy-mm-dd'.length;
  return cleared.slice(0, dayLength) === raised.slice(0, dayLength) ? cleared.slice(dayLength + 1) : cleared;
}

function instant(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length).replace('T', ' ');
}

function flappingLines(flapping: readonly Flapping[]): string[] {
  const head = `More than ${FLAP_ALERTS} alerts of one rule within ${duration(FLAP_WITHIN_MS)}; the most before, and with the other file:`;
  const rows = flapping.map(({ athlete, rule, before, after }) => [athlete, rule, `${before} → ${after}`]);
  return [styleText('yellow', head), ...table([['ATHLETE', 'RULE', ''], ...rows])];
}

/** Columns as wide as what is in them; the first row is the head. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => width(row[at] ?? ''))));
  const lines = rows.map((row) =>
    `  ${row.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - width(cell) + 2)).join('')}`.trimEnd(),
  );
  return lines.map((line, at) => (at === 0 ? styleText('dim', line) : line));
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
