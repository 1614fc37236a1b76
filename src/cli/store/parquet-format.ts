/** An export as Parquet, a group of rows at a time. Numbers are INT64 or DOUBLE, times TIMESTAMP in ms of UTC. */
import type { Writable } from 'node:stream';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { type ExportFormat, send } from './export-output.ts';
import type { Cell, ExportColumn, ExportRow } from './export-rows.ts';

/** A few megabytes in memory; enough for a group to compress well. */
const GROUP_ROWS = 20_000;

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

export class ParquetFormat implements ExportFormat {
  readonly #columns: readonly ExportColumn[];
  readonly #to: Writable;
  readonly #bytes = new ByteWriter(1 << 20);
  readonly #writer: ParquetWriter;
  #rows: ExportRow[] = [];

  constructor(columns: readonly ExportColumn[], to: Writable) {
    this.#columns = columns;
    this.#to = to;
    const schema = [{ name: 'root', num_children: columns.length }, ...columns.flatMap(schemaOf)];
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema, createdBy: 'sideline' });
  }

  async write(rows: readonly ExportRow[]): Promise<void> {
    for (const row of rows) this.#rows.push(row);
    if (this.#rows.length >= GROUP_ROWS) await this.#writeGroup();
  }

  async end(): Promise<void> {
    if (this.#rows.length > 0) await this.#writeGroup();
    await this.#writer.finish();
    await this.#flush();
  }

  async #writeGroup(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    const columnData = this.#columns.map((column, index) => ({
      name: column.name,
      data: rows.map((row) => valueFor(row[index], column)),
    }));
    await this.#writer.write({ columnData, rowGroupSize: rows.length });
    await this.#flush();
  }

  /** The offsets in the file go on; the buffer begins anew. */
  async #flush(): Promise<void> {
    await send(this.#to, new Uint8Array(this.#bytes.buffer.slice(0, this.#bytes.index)));
    this.#bytes.index = 0;
  }
}

function schemaOf({ name, type, required }: ExportColumn): SchemaElement[] {
  const repetition_type = required ? 'REQUIRED' : 'OPTIONAL';
  switch (type) {
    case 'integer':
      return [{ name, type: 'INT64', repetition_type }];
    case 'number':
      return [{ name, type: 'DOUBLE', repetition_type }];
    case 'flag':
      return [{ name, type: 'BOOLEAN', repetition_type }];
    case 'text':
      return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type }];
    case 'time':
      return [{ name, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type }];
    case 'numbers':
      return [
        { name, repetition_type, converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'DOUBLE', repetition_type: 'REQUIRED' },
      ];
  }
}

function valueFor(cell: Cell, { type }: ExportColumn): unknown {
  if (typeof cell !== 'number') return cell;
  if (type === 'integer') return BigInt(cell);
  return type === 'time' ? new Date(cell) : cell;
}
