/**
 * The doctor's findings for people: first what somebody has to do, the gravest on top, each with its remedy; then all the
 * rest, a line each, by what it is about.
 */
import { styleText } from 'node:util';
import type { Finding, Verdict } from '../doctor/finding.ts';
import { counted } from './output.ts';
import { wrappedWords } from './wrapped.ts';

interface Look {
  readonly mark: string;
  readonly word: string;
  readonly style: Parameters<typeof styleText>[0];
}

const LOOKS: Readonly<Record<Verdict, Look>> = {
  failed: { mark: '✖', word: 'FAILED', style: 'red' },
  warning: { mark: '!', word: 'WARNING', style: 'yellow' },
  ok: { mark: '✔', word: 'OK', style: 'green' },
  skipped: { mark: '–', word: 'SKIPPED', style: 'dim' },
};

const TO_DO: readonly Verdict[] = ['failed', 'warning'];

const WORD_WIDTH = 7;

/** @param width of the terminal, columns; absent where there is none, and nothing is wrapped. In colour where there is one */
export function doctorText(findings: readonly Finding[], width = Number.POSITIVE_INFINITY): string[] {
  const toDo = TO_DO.flatMap((wanted) => findings.filter(({ verdict }) => verdict === wanted));
  const rest = together(findings.filter(({ verdict }) => !TO_DO.includes(verdict)));
  const groups = [...new Set(rest.map(({ group }) => group))].map((title) => [
    styleText('bold', title),
    ...groupLines(
      rest.filter(({ group }) => group === title),
      width,
    ),
  ]);
  const parts = [toDo.flatMap((finding) => toDoLines(finding, width)), ...groups, [summary(findings)]];
  return parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

function toDoLines({ verdict, check, about, evidence, remedy }: Finding, width: number): string[] {
  const { mark, word, style } = LOOKS[verdict];
  const label = `${mark} ${word.padEnd(WORD_WIDTH)}  `;
  const indent = ' '.repeat(label.length);
  const [first = '', ...more] = wrappedWords(`${check}: ${told(about, evidence)}`, width - label.length);
  const advice = remedy === undefined ? [] : wrappedWords(remedy, width - label.length - 2);
  return [
    styleText(style, label) + first,
    ...more.map((line) => indent + line),
    ...advice.map((line, index) => `${indent}${index === 0 ? '→ ' : '  '}${line}`),
  ];
}

function groupLines(findings: readonly Finding[], width: number): string[] {
  const nameWidth = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(4 + nameWidth + 2);
  return findings.flatMap(({ verdict, check, about, evidence }) => {
    const { mark, style } = LOOKS[verdict];
    const [first = '', ...more] = wrappedWords(told(about, evidence), width - indent.length);
    const line = `  ${styleText(style, mark)} ${check.padEnd(nameWidth)}  ${first}`;
    return [line, ...more.map((each) => indent + each)];
  });
}

function told(about: string | undefined, evidence: string): string {
  return about === undefined ? evidence : `${about}: ${evidence}`;
}

/** Checks of a group that do not matter here, all for the same reason, are one line at the place of the first. */
function together(findings: readonly Finding[]): Finding[] {
  const isOneOf = (finding: Finding) => (other: Finding) =>
    other.verdict === 'skipped' &&
    other.about === undefined &&
    other.group === finding.group &&
    other.evidence === finding.evidence;
  return findings.flatMap((finding) => {
    if (!isOneOf(finding)(finding)) return [finding];
    const same = findings.filter(isOneOf(finding));
    if (same.length === 1) return [finding];
    return same[0] === finding ? [{ ...finding, check: `${same.length} checks` }] : [];
  });
}

function summary(findings: readonly Finding[]): string {
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  const failed = count('failed');
  const warnings = count('warning');
  const parts = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(warnings === 0 ? [] : [counted(warnings, 'warning')]),
  ];
  const found = parts.length === 0 ? 'nothing is wrong, as far as can be told' : parts.join(', ');
  const skipped = count('skipped');
  const unjudged = skipped === 0 ? '' : `, ${skipped} not judged`;
  return `${found}; ${count('ok')} good${unjudged}`;
}
