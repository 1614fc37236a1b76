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
  /** A frame behind the last commit is not what was written, so that nobody knows all that stood there. */
  readonly isTailUnsound: boolean;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;
/** With the checksums in words of little end first, as every machine of today writes them. */
const MAGIC = 0x377f0682;

const EMPTY: Log = { frames: [], committed: 0, state: 'whole', isTailUnsound: false };

/** @throws what the file system throws, but for a log that is not there */
export function readLog(path: string): Log {
  const bytes = contentOf(path);
  if (bytes.length < HEADER_BYTES + FRAME_BYTES) return EMPTY;
  const header = bytes.subarray(0, HEADER_BYTES);
  const start = checksum(header, 0, 24, [0, 0]);
  const isSound = header.readUInt32BE(0) === MAGIC && isSum(header, 24, start);
  // Without its header the log is nothing to SQLite; what it held tells itself by the salt of its first frame.
  const salt = isSound ? header.subarray(16, 24) : bytes.subarray(HEADER_BYTES + 8, HEADER_BYTES + 16);
  const frames: (LogFrame & { isCommit: boolean; isSound: boolean })[] = [];
  let committed = 0;
  let isUnbroken = isSound;
  let told: Sum = start;
  for (let at = HEADER_BYTES; at + FRAME_BYTES <= bytes.length; at += FRAME_BYTES) {
    const frame = bytes.subarray(at, at + FRAME_BYTES);
    const isOfTheLog = frame.subarray(8, 16).equals(salt);
    isUnbroken &&= isOfTheLog;
    if (!isOfTheLog && !isHalfOf(frame, salt)) continue;
    const isFrameSound = isOfTheLog && isSum(frame, 16, sumOf(frame, told));
    isUnbroken &&= isFrameSound;
    // Each is held against what the one before says of itself, so that one that has changed does not cost those behind it.
    told = [frame.readUInt32BE(16), frame.readUInt32BE(20)];
    const isCommit = frame.readUInt32BE(4) !== 0;
    const content = frame.subarray(FRAME_HEADER_BYTES);
    frames.push({ page: frame.readUInt32BE(0), content, isCommit, isSound: isFrameSound });
    if (isUnbroken && isCommit) committed = frames.length;
  }
  const rest = frames.slice(committed);
  const isTailUnsound = rest.some((frame) => !frame.isSound);
  if (!isSound) return { frames, committed: 0, state: 'damaged', isTailUnsound };
  const commit = rest.findIndex(({ isCommit }) => isCommit);
  const isSynced = commit !== -1 && commit < rest.length - 1;
  return { frames, committed, state: rest.length === 0 ? 'whole' : isSynced ? 'damaged' : 'torn', isTailUnsound };
}

/**
 * Whether a part of the salt is that of the log. In a frame of an earlier one, over which this one has not come yet,
 * neither is: the first is counted on and the second drawn anew.
 */
function isHalfOf(frame: Buffer, salt: Buffer): boolean {
  return frame.subarray(8, 12).equals(salt.subarray(0, 4)) || frame.subarray(12, 16).equals(salt.subarray(4, 8));
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

/** The checksum up to this frame. */
function sumOf(frame: Buffer, before: Sum): Sum {
  return checksum(frame, FRAME_HEADER_BYTES, FRAME_BYTES, checksum(frame, 0, 8, before));
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
