/**
 * Was the card copied, or moved to another board? The gateway notes the serial numbers of its boards beside the store, a line
 * each, the newest last, and on a new one goes on with other numbers (docs/decisions/0051). What it cannot do by itself is to
 * have another name than the gateway that it was copied from. Host name and machine id are no evidence: a copied card has
 * them too.
 */
import { boardSerial } from '../../system/board.ts';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { textIn } from '../machine-files.ts';
import { HIDDEN, ofStore, storeFile, storeFiles } from '../store/subject.ts';

interface BoardFacts {
  /** Of this machine; absent where it has none. */
  readonly board: string | undefined;
  /** That the store was used on, the newest last. */
  readonly noted: readonly string[];
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
  const text = textIn(note);
  return {
    board: boardSerial(sys),
    noted: (text ?? '').split('\n').filter((line) => line !== ''),
    note,
    isVisible: text !== undefined || (storeFiles(path) !== undefined && storeFile(note) === undefined),
  };
}

function boardVerdict({ board, noted, note, isVisible }: BoardFacts): Judgement {
  if (board === undefined) return skipped('this machine tells no serial number of its board');
  if (!isVisible) return skipped(HIDDEN);
  const last = noted.at(-1);
  if (last === undefined) return skipped('no gateway has run on this store that noted its board');
  if (last !== board) {
    return {
      verdict: 'warning',
      evidence: `the store was used on board ${last} last, and this is ${board}: its card was moved here, or copied`,
      remedy:
        'where it was copied, give this gateway a name and a certificate of its own before it starts; where it was moved, start it',
    };
  }
  const before = noted.filter((each) => each !== board);
  if (before.length > 0) {
    return {
      verdict: 'warning',
      evidence: `the store came to this board from another (${before.join(', ')}): its card was moved, or copied`,
      remedy: `where that one runs too, give this gateway a name and a certificate of its own; then, and where the card was moved, keep the last line alone of ${note}`,
    };
  }
  return { verdict: 'ok', evidence: 'the store belongs to this board' };
}
