/**
 * Was the card copied, or moved to another board? The gateway writes the serial number of its board beside the store.
 * Host name and machine id are no evidence: a copied card has them too.
 */
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { textIn } from '../machine-files.ts';
import { HIDDEN, ofStore, storeFile, storeFiles } from '../store/subject.ts';

interface BoardFacts {
  /** Of this machine; absent where it has none. */
  readonly board: string | undefined;
  /** That the store belongs to. */
  readonly noted: string | undefined;
  readonly note: string;
  /** False where this user may not look at the note. */
  readonly isVisible: boolean;
}

export const boardCheck: Check = {
  name: 'gateway-board',
  run: async (surroundings) => ofStore(surroundings, ({ path }) => boardVerdict(boardFacts(surroundings, path))),
};

function boardFacts({ sys }: Pick<Surroundings, 'sys'>, path: string): BoardFacts {
  const note = `${path}.board`;
  const noted = serialIn(note);
  return {
    board: serialIn(join(sys, 'firmware/devicetree/base/serial-number')),
    noted,
    note,
    isVisible: noted !== undefined || (storeFiles(path) !== undefined && storeFile(note) === undefined),
  };
}

/** The firmware's has a zero at its end. */
function serialIn(file: string): string | undefined {
  const text = textIn(file)?.replaceAll('\0', '').trim();
  return text === '' ? undefined : text;
}

export function boardVerdict({ board, noted, note, isVisible }: BoardFacts): Judgement {
  if (board === undefined) return skipped('this machine tells no serial number of its board');
  if (!isVisible) return skipped(HIDDEN);
  if (noted === undefined) return skipped('no gateway has run on this store that noted its board');
  if (noted === board) return { verdict: 'ok', evidence: 'the store belongs to this board' };
  return {
    verdict: 'warning',
    evidence: `the store belongs to the board ${noted}, and this is ${board}: its card was moved here, or copied`,
    remedy: `where it was moved, delete ${note}; where it was copied, give this gateway a name and a certificate of its own, and move the store away`,
  };
}
