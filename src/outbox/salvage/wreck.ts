/**
 * What can be read of a store that was moved aside, page by page and without SQLite, which gives up a whole table where
 * one page of it is wrong. Nothing is written to it.
 *
 * Pages that were given up may hold rows that are gone from the store: delivered, or evicted and in the ledger. Those
 * count as acknowledged there, and are passed over with the others that do.
 */
import type { RecordKind } from '../../domain/record.ts';
import { type SeqRange, SeqRanges } from '../../domain/seq-ranges.ts';
import { parsed } from '../checksums.ts';
import type { ChunkRow, EventRow } from '../statements.ts';
import { PageFile } from './page-file.ts';
import { childrenOf, kindOf, type PageRow, rowAt, rowsOf } from './page-rows.ts';
import { chunkOf, eventOf, type Find, findOf, type SmallRow, smallRowOf } from './wreck-rows.ts';

/** The tables were made first, so their roots are among these; those of the small ones are mostly all of them. */
const FRONT_PAGES = 64;

/** Small tables do not get larger than that, unless a pointer leads astray. */
const SMALL_PAGES_MAX = 2_000;

export class Wreck {
  readonly #pages: PageFile;
  readonly #overflow = (page: number) => this.#pages.page(page);
  #small: readonly SmallRow[] | undefined;

  /** @throws what the file system throws */
  constructor(path: string) {
    this.#pages = new PageFile(path);
  }

  get pageCount(): number {
    return this.#pages.count;
  }

  /** Absent where it cannot be read: nobody knows then under which name its records were sent. */
  get epoch(): string | undefined {
    return this.rows('store')[0]?.epoch;
  }

  rows<Table extends SmallRow['table']>(table: Table): Extract<SmallRow, { table: Table }>[] {
    this.#small ??= this.#readSmall();
    return this.#small.filter((row): row is Extract<SmallRow, { table: Table }> => row.table === table);
  }

  /** What all of these uplinks are known to have acknowledged. */
  acknowledged(uplinks: readonly string[], kind: RecordKind): SeqRanges {
    const sets = uplinks.map((uplink) => {
      // An acknowledgement is never taken back, so what an older page says is true as well.
      const rows = this.rows('acknowledged').filter((row) => row.uplink === uplink && row.kind === kind);
      return new SeqRanges(rows.flatMap(({ ranges }) => rangesOf(ranges)));
    });
    return sets.slice(1).reduce((both, other) => both.and(other), sets[0] ?? new SeqRanges());
  }

  /** The records on some pages, and whether there is something on them that cannot be read. */
  finds(from: number, count: number): { readonly finds: readonly Find[]; readonly isDamaged: boolean } {
    const finds: Find[] = [];
    let isDamaged = false;
    for (let number = from; number < from + count && number <= this.pageCount; number++) {
      const page = this.#pages.page(number);
      if (page === undefined || kindOf(page, number) !== 'table') continue;
      const { rows, unreadable } = rowsOf(page, number);
      finds.push(...rows.flatMap((row) => findOf(row, number) ?? []));
      isDamaged ||= unreadable > 0;
    }
    return { finds, isDamaged };
  }

  chunk(find: Find): ChunkRow | undefined {
    const row = this.#row(find);
    return row === undefined ? undefined : chunkOf(row);
  }

  event(find: Find): EventRow | undefined {
    const row = this.#row(find);
    return row === undefined ? undefined : eventOf(row);
  }

  close(): void {
    this.#pages.close();
  }

  #row({ page: number, cell }: Find): PageRow | undefined {
    const page = this.#pages.page(number);
    return page === undefined ? undefined : rowAt(page, number, cell, this.#overflow);
  }

  #readSmall(): SmallRow[] {
    const found: SmallRow[] = [];
    const seen = new Set<number>();
    const waiting = Array.from({ length: Math.min(FRONT_PAGES, this.pageCount) }, (_, index) => index + 1);
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      const page = seen.has(number) ? undefined : this.#pages.page(number);
      seen.add(number);
      if (page === undefined || seen.size > SMALL_PAGES_MAX) continue;
      const kind = kindOf(page, number);
      if (kind === 'interior-index' || number === 1) waiting.push(...childrenOf(page, number));
      if (kind === 'other' || kind === 'interior-table') continue;
      const { rows } = rowsOf(page, number, this.#overflow);
      found.push(...rows.flatMap((row) => smallRowOf(row) ?? []));
      waiting.push(...rows.flatMap((row) => rootOf(row) ?? []));
    }
    return found;
  }
}

/** The first page of a table, where the row is one that tells of tables. */
function rootOf({ columns: [what, , , root] }: PageRow): number | undefined {
  return what === 'table' && typeof root === 'number' ? root : undefined;
}

function rangesOf(text: string): SeqRange[] {
  const pairs = parsed(text);
  const isPair = (pair: unknown): pair is [number, number] =>
    Array.isArray(pair) && pair.length === 2 && pair.every((one) => Number.isSafeInteger(one) && one >= 0);
  return Array.isArray(pairs) && pairs.every(isPair) ? pairs.map(([after, through]) => ({ after, through })) : [];
}
