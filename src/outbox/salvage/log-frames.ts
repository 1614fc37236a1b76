/**
 * SQLite's log beside a store (https://www.sqlite.org/fileformat2.html#the_write_ahead_log), read without SQLite.
 *
 * SQLite takes the log for ended at the first frame whose checksum is wrong. After a power cut that is right: what
 * follows was never synced. In a log that the medium has damaged it drops commits without a word, and the same numbers
 * would be given again. The two are told apart by what stands behind: a commit is synced before the next one begins.
 */
import { readFileSync } from 'node:fs';
import { PAGE_BYTES } from '../schema.ts';

interface LogFrame {
  readonly page: number;
  readonly content: Buffer;
}

export interface Log {
  /** All that belong to the log as it was last begun, in order, whatever their checksums say. */
  readonly frames: readonly LogFrame[];
  /** How many of them SQLite goes by. */
  readonly committed: number;
  /** `torn` is what a power cut leaves, and also how damage to the last commit looks. */
  readonly state: 'whole' | 'torn' | 'damaged';
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;
/** With the checksums in words of little end first, as every machine of today writes them. */
const MAGIC = 0x377f0682;

const EMPTY: Log = { frames: [], committed: 0, state: 'whole' };

/** @throws what the file system throws, but for a log that is not there */
export function readLog(path: string): Log {
  const bytes = contentOf(path);
  if (bytes.length < HEADER_BYTES + FRAME_BYTES) return EMPTY;
  const header = bytes.subarray(0, HEADER_BYTES);
  const start = checksum(header, 0, 24, [0, 0]);
  const isSound = header.readUInt32BE(0) === MAGIC && isSum(header, 24, start);
  // Without its header the log is nothing to SQLite; what it held tells itself by the salt of its first frame.
  const salt = isSound ? header.subarray(16, 24) : bytes.subarray(HEADER_BYTES + 8, HEADER_BYTES + 16);
  const frames: (LogFrame & { isCommit: boolean })[] = [];
  let committed = 0;
  let sum: Sum | undefined = isSound ? start : undefined;
  for (let at = HEADER_BYTES; at + FRAME_BYTES <= bytes.length; at += FRAME_BYTES) {
    const frame = bytes.subarray(at, at + FRAME_BYTES);
    const belongs = frame.subarray(8, 16).equals(salt);
    sum = belongs && sum !== undefined ? sumOf(frame, sum) : undefined;
    if (!belongs) continue;
    const isCommit = frame.readUInt32BE(4) !== 0;
    frames.push({ page: frame.readUInt32BE(0), content: frame.subarray(FRAME_HEADER_BYTES), isCommit });
    if (sum !== undefined && isCommit) committed = frames.length;
  }
  if (!isSound) return { frames, committed: 0, state: 'damaged' };
  const rest = frames.slice(committed);
  const commit = rest.findIndex(({ isCommit }) => isCommit);
  const isSynced = commit !== -1 && commit < rest.length - 1;
  return { frames, committed, state: rest.length === 0 ? 'whole' : isSynced ? 'damaged' : 'torn' };
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

type Sum = readonly [number, number];

/** The checksum up to this frame, undefined where it is not the one that the frame tells. */
function sumOf(frame: Buffer, before: Sum): Sum | undefined {
  const sum = checksum(frame, FRAME_HEADER_BYTES, FRAME_BYTES, checksum(frame, 0, 8, before));
  return isSum(frame, 16, sum) ? sum : undefined;
}

function isSum(bytes: Buffer, at: number, [first, second]: Sum): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}

function checksum(bytes: Buffer, from: number, to: number, [first, second]: Sum): Sum {
  for (let at = from; at < to; at += 8) {
    first = (first + bytes.readUInt32LE(at) + second) >>> 0;
    second = (second + bytes.readUInt32LE(at + 4) + first) >>> 0;
  }
  return [first, second];
}
