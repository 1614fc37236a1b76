/**
 * What a disk may hold after its power was cut. Of a file, everything is there that was written before its last completed
 * fsync began; of later writes each sector of 512 bytes may be there or not, whatever the order, since the kernel and the
 * card write back as they like. The newest of several writes to a sector may be missing and an older one be there.
 *
 * Of what an fsync failed to write, each sector got there or never will. Names (creating, deleting, renaming) go through the file system's journal, as on ext4: in their order, and all of them
 * with any completed fsync in the folder; after that, any beginning of what happened.
 */
import type { Random } from '../../../simulator/random.ts';
import type { Step } from './recording.ts';

/** What a recording calls the folder itself. */
const FOLDER = '';

const SECTOR_BYTES = 512;

/** How much of what was not synced a cut leaves. */
const CUTS = [
  'nothing',
  'everything',
  'a beginning',
  'some writes',
  'some sectors',
  'few sectors',
  'most sectors',
] as const;
type Cut = (typeof CUTS)[number];

type Change =
  | { readonly type: 'write'; readonly offset: number; readonly bytes: Buffer }
  | { readonly type: 'truncate'; readonly size: number };

type Naming =
  | { readonly type: 'create' | 'unlink'; readonly file: string }
  | { readonly type: 'rename'; readonly file: string; readonly to: string };

class DiskFile {
  readonly durable = new Content();
  /** In order, since the last completed fsync began. */
  pending: Change[] = [];
  /** How many of them the fsync under way covers. */
  covered = 0;
  /** Where a write without an offset goes. */
  position = 0;
}

export interface Leftover {
  readonly cut: Cut;
  readonly files: ReadonlyMap<string, Buffer>;
}

export class Disk {
  /** By name as the process saw it. */
  readonly #files = new Map<string, DiskFile>();
  readonly #random: Random;
  #durableNames = new Map<string, DiskFile>();
  #namings: { readonly naming: Naming; readonly file: DiskFile }[] = [];

  /** With what was there, and durable, before. */
  constructor(random: Random, files: ReadonlyMap<string, Buffer> = new Map()) {
    this.#random = random;
    for (const [name, bytes] of files) {
      const file = new DiskFile();
      file.durable.write(0, bytes);
      this.#files.set(name, file);
      this.#durableNames.set(name, file);
    }
  }

  take(step: Step): void {
    switch (step.type) {
      case 'open':
        if (step.file !== FOLDER) this.#open(step);
        return;
      case 'unlink':
      case 'rename':
        this.#name(step, this.#file(step.file));
        return;
      case 'write':
        this.#write(this.#file(step.file), step);
        return;
      case 'truncate':
        this.#file(step.file).pending.push(step);
        return;
      case 'sync-begun':
        if (step.file !== FOLDER) this.#file(step.file).covered = this.#file(step.file).pending.length;
        return;
      case 'synced':
        this.#durableNames = named(this.#durableNames, this.#namings);
        this.#namings = [];
        if (step.file !== FOLDER) persist(this.#file(step.file));
        return;
      case 'sync-failed':
        if (step.file !== FOLDER) forget(this.#file(step.file), this.#random);
        return;
      case 'told':
        return;
    }
  }

  cut(): Leftover {
    const random = this.#random;
    const cut = CUTS[Math.floor(random.uniform() * CUTS.length)] ?? 'nothing';
    const namings = this.#namings.slice(0, Math.floor(random.uniform() * (this.#namings.length + 1)));
    const names = named(this.#durableNames, cut === 'everything' ? this.#namings : namings);
    return { cut, files: new Map([...names].map(([name, file]) => [name, left(file, cut, random)])) };
  }

  #open({ file: name, creates, empties }: Extract<Step, { type: 'open' }>): void {
    if (creates && !this.#files.has(name)) this.#name({ type: 'create', file: name }, new DiskFile());
    const file = this.#file(name);
    file.position = 0;
    if (empties) file.pending.push({ type: 'truncate', size: 0 });
  }

  #write(file: DiskFile, { offset, bytes }: Extract<Step, { type: 'write' }>): void {
    file.pending.push({ type: 'write', offset: offset ?? file.position, bytes });
    if (offset === undefined) file.position += bytes.length;
  }

  #name(naming: Naming, file: DiskFile): void {
    this.#namings.push({ naming, file });
    for (const [name, after] of [...this.#files]) if (after === file) this.#files.delete(name);
    if (naming.type === 'create') this.#files.set(naming.file, file);
    else if (naming.type === 'rename') this.#files.set(naming.to, file);
  }

  #file(name: string): DiskFile {
    const file = this.#files.get(name);
    if (file === undefined) throw new Error(`the recording uses ${name}, which nobody created`);
    return file;
  }
}

function named(
  before: ReadonlyMap<string, DiskFile>,
  namings: readonly { readonly naming: Naming; readonly file: DiskFile }[],
): Map<string, DiskFile> {
  const names = new Map(before);
  for (const { naming, file } of namings) {
    if (naming.type !== 'create') names.delete(naming.file);
    if (naming.type === 'create') names.set(naming.file, file);
    else if (naming.type === 'rename') names.set(naming.to, file);
  }
  return names;
}

function persist(file: DiskFile): void {
  for (const change of file.pending.slice(0, file.covered)) file.durable.apply(change);
  file.pending = file.pending.slice(file.covered);
  file.covered = 0;
}

/** The kernel takes for clean what it failed to write: no later fsync makes up for it. */
function forget(file: DiskFile, random: Random): void {
  const covered = file.pending.slice(0, file.covered).flatMap(sectorsOf);
  for (const change of covered) if (random.uniform() < 0.5) file.durable.apply(change);
  file.pending = file.pending.slice(file.covered);
  file.covered = 0;
}

function left({ durable, pending }: DiskFile, cut: Cut, random: Random): Buffer {
  const content = durable.copy();
  for (const change of surviving(pending, cut, random)) content.apply(change);
  return content.bytes();
}

function surviving(pending: readonly Change[], cut: Cut, random: Random): readonly Change[] {
  const some = (often: number) => pending.flatMap(sectorsOf).filter(() => random.uniform() < often);
  switch (cut) {
    case 'nothing':
      return [];
    case 'everything':
      return pending;
    case 'a beginning':
      return pending
        .flatMap(sectorsOf)
        .slice(0, Math.floor(random.uniform() * (pending.flatMap(sectorsOf).length + 1)));
    case 'some writes':
      return pending.filter(() => random.uniform() < 0.5);
    case 'some sectors':
      return some(0.5);
    case 'few sectors':
      return some(0.1);
    case 'most sectors':
      return some(0.95);
  }
}

/** A write as one write for each sector it touches: its neighbours in a sector stay as they are. */
function sectorsOf(change: Change): Change[] {
  if (change.type === 'truncate') return [change];
  const sectors: Change[] = [];
  for (let at = 0; at < change.bytes.length; ) {
    const offset = change.offset + at;
    const length = Math.min(change.bytes.length - at, SECTOR_BYTES - (offset % SECTOR_BYTES));
    sectors.push({ type: 'write', offset, bytes: change.bytes.subarray(at, at + length) });
    at += length;
  }
  return sectors;
}

/** A file's bytes. What was never written within its size is zero, as file systems have it. */
class Content {
  #buffer = Buffer.alloc(0);
  #size = 0;

  write(offset: number, bytes: Buffer): void {
    const end = offset + bytes.length;
    if (end > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], Math.max(end, this.#buffer.length * 2));
    bytes.copy(this.#buffer, offset);
    this.#size = Math.max(this.#size, end);
  }

  apply(change: Change): void {
    if (change.type === 'write') this.write(change.offset, change.bytes);
    else if (change.size >= this.#size) this.write(change.size, Buffer.alloc(0));
    else {
      this.#buffer.fill(0, change.size, this.#size);
      this.#size = change.size;
    }
  }

  copy(): Content {
    const copy = new Content();
    copy.write(0, this.bytes());
    return copy;
  }

  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#size));
  }
}
