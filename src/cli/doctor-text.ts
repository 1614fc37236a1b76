/** The doctor's findings for people: one line each, the remedy below it. */
import { styleText } from 'node:util';
import type { Finding, Verdict } from '../doctor/finding.ts';
import { counted } from './output.ts';

interface Look {
  readonly mark: string;
  readonly word: string;
  readonly style: Parameters<typeof styleText>[0];
}

const LOOKS: Readonly<Record<Verdict, Look>> = {
  ok: { mark: '✔', word: 'OK', style: 'green' },
  warning: { mark: '!', word: 'WARNING', style: 'yellow' },
  failed: { mark: '✖', word: 'FAILED', style: 'red' },
  skipped: { mark: '–', word: 'SKIPPED', style: 'dim' },
};

const WORD_WIDTH = 7;

/** In colour where stdout is a terminal. */
export function doctorText(findings: readonly Finding[]): string[] {
  const lines = together(findings);
  const width = Math.max(0, ...lines.map(({ check }) => check.length));
  const indent = ' '.repeat(2 + WORD_WIDTH + 2 + width + 2);
  const texts = lines.flatMap(({ check, about, verdict, evidence, remedy }) => {
    const { mark, word, style } = LOOKS[verdict];
    const label = styleText(style, `${mark} ${word.padEnd(WORD_WIDTH)}`);
    const what = about === undefined ? evidence : `${about}: ${evidence}`;
    const line = `${label}  ${check.padEnd(width)}  ${what}`;
    return remedy === undefined ? [line] : [line, `${indent}→ ${remedy}`];
  });
  return [...texts, '', summary(findings)];
}

/** Checks that do not matter here, all for the same reason, are one line at the place of the first. */
function together(findings: readonly Finding[]): Finding[] {
  const isOneOf = (finding: Finding) => (other: Finding) =>
    other.verdict === 'skipped' && other.about === undefined && other.evidence === finding.evidence;
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
  if (failed + warnings === 0) return `nothing is wrong, as far as ${counted(findings.length, 'finding')} can tell`;
  const parts = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(warnings === 0 ? [] : [counted(warnings, 'warning')]),
  ];
  return parts.join(', ');
}
