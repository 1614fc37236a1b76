/**
 * The command line that the commands with parts share: `--only name` measures one part and `--quick` all of them in few
 * and short runs; neither is written to the page. `--write` is.
 */
import { parseArgs } from 'node:util';
import type { Row } from './page.ts';
import type { Part } from './part.ts';

export interface Parts {
  readonly full: readonly Part[];
  readonly quick: readonly Part[];
}

/** Measures what the arguments of the process ask for, and tells standard error of each run as it comes. */
export async function measureParts({ full, quick }: Parts): Promise<Row[]> {
  const { values } = parseArgs({
    options: { write: { type: 'boolean' }, only: { type: 'string' }, quick: { type: 'boolean' } },
  });
  const parts = (values.quick === true ? quick : full).filter(
    ({ name }) => values.only === undefined || name === values.only,
  );
  if (parts.length === 0)
    throw new Error(`there is no part ${values.only}; there are ${full.map(({ name }) => name).join(', ')}`);
  const isWhole = values.quick !== true && values.only === undefined;
  if (values.write === true && !isWhole) throw new Error('only all of it is written to the page');
  return await measureAll(parts);
}

/** Tells standard error of each run as it comes. */
export async function measureAll(parts: readonly Part[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of parts) rows.push(...(await measure(part)));
  return rows;
}

async function measure(part: Part): Promise<Row[]> {
  return await part.rows((what, figures) => {
    process.stderr.write(`${part.name}, ${what}: ${JSON.stringify(figures)}\n`);
  });
}
