/** The verdicts on docs/doctor.md, to hold what the checks find against. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Judgement } from '../../src/doctor/finding.ts';

export const PAGE = readFileSync(join(import.meta.dirname, '../../docs/doctor.md'), 'utf8');

export interface Row {
  readonly line: string;
  readonly check: string;
  matches(found: Judgement): boolean;
}

/** A line such as `- **failed**: the evidence … with what differs → the remedy`. */
function rowsIn(page: string): Row[] {
  let check = '';
  return page.split('\n').flatMap((line) => {
    check = /^### `(.+)`$/.exec(line)?.[1] ?? check;
    const [, verdict, evidence = '', remedy] = /^- \*\*(\w+)\*\*: (.*?)(?: → (.*))?$/.exec(line) ?? [];
    if (verdict === undefined) return [];
    const matches = (found: Judgement) =>
      found.verdict === verdict &&
      pattern(evidence).test(found.evidence) &&
      (remedy === undefined ? found.remedy === undefined : pattern(remedy).test(found.remedy ?? ''));
    return [{ line, check, matches }];
  });
}

function pattern(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

export const PAGE_ROWS = rowsIn(PAGE);

/** @param check its name */
export function assertOnPage(check: string, found: Judgement): void {
  const isThere = PAGE_ROWS.some((row) => row.check === check && row.matches(found));
  assert.ok(isThere, `${check}: ${JSON.stringify(found)} is not in docs/doctor.md`);
}
