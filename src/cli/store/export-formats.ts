/** An export as text or as Parquet. Each format takes rows as they come and keeps few of them. */
import type { Writable } from 'node:stream';
import { type ExportFormat, send } from './export-output.ts';
import type { Cell, ExportColumn, ExportRow } from './export-rows.ts';

export type ExportFormatName = 'csv' | 'jsonl' | 'parquet';

export async function exportFormat(
  name: ExportFormatName,
  columns: readonly ExportColumn[],
  to: Writable,
): Promise<ExportFormat> {
  switch (name) {
    case 'csv':
      await send(to, `${columns.map((column) => column.name).join(',')}\n`);
      return textFormat(to, (row) => row.map((cell, index) => csvCell(cell, columns[index])).join(','));
    case 'jsonl':
      return textFormat(to, (row) =>
        JSON.stringify(Object.fromEntries(columns.map((c, i) => [c.name, shown(row[i], c)]))),
      );
    case 'parquet': {
      const { ParquetFormat } = await import('./parquet-format.ts');
      return new ParquetFormat(columns, to);
    }
  }
}

function textFormat(to: Writable, lineOf: (row: ExportRow) => string): ExportFormat {
  return {
    async write(rows) {
      if (rows.length > 0) await send(to, rows.map((row) => `${lineOf(row)}\n`).join(''));
    },
    async end() {},
  };
}

function shown(cell: Cell, { type }: ExportColumn): Cell {
  return type === 'time' && typeof cell === 'number' ? new Date(cell).toISOString() : cell;
}

/** RFC 4180; several numbers in one cell are apart by spaces. */
function csvCell(cell: Cell, column: ExportColumn | undefined): string {
  const value = column === undefined ? cell : shown(cell, column);
  if (value === undefined) return '';
  const text = typeof value === 'object' ? value.join(' ') : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
