/** Is there memory to spare, and does the machine swap to its card? That is slow and wears it. */
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { textIn } from '../machine-files.ts';
import { sizeText } from '../size-text.ts';

/** A gateway and its radio take some 150 MB; with less than this the next program may cost one of them, bytes. */
const SCARCE_BYTES = 100_000_000;

/** What was put away once and is never used again is no harm, bytes. */
const SWAPPED_MUCH_BYTES = 100_000_000;

const KIB = 1024;

interface MemoryFacts {
  /** Bytes; undefined where the kernel does not tell. */
  readonly availableBytes: number | undefined;
  readonly totalBytes: number;
  /** What is swapped out onto a disk or card, bytes. */
  readonly swappedBytes: number;
}

export const memoryCheck: Check = {
  name: 'machine-memory',
  run: async (surroundings) => [memoryVerdict(memoryFacts(surroundings))],
};

function memoryFacts({ proc }: Pick<Surroundings, 'proc'>): MemoryFacts {
  const text = textIn(join(proc, 'meminfo')) ?? '';
  const bytes = (name: string) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
    return kib === undefined ? undefined : Number(kib) * KIB;
  };
  return {
    availableBytes: bytes('MemAvailable'),
    totalBytes: bytes('MemTotal') ?? 0,
    swappedBytes: swappedToDisk(textIn(join(proc, 'swaps')) ?? ''),
  };
}

/** What is compressed in memory (zram) wears nothing. */
function swappedToDisk(swaps: string): number {
  const areas = swaps.split('\n').slice(1);
  return areas
    .map((line) => line.split(/\s+/))
    .filter(([file]) => file !== undefined && !file.startsWith('/dev/zram'))
    .reduce((sum, [, , , used]) => sum + Number(used ?? 0) * KIB, 0);
}

function memoryVerdict({ availableBytes, totalBytes, swappedBytes }: MemoryFacts): Judgement {
  if (availableBytes === undefined) return skipped('the kernel does not tell how much memory is free');
  const evidence = `${sizeText(availableBytes)} of ${sizeText(totalBytes)} are free`;
  if (availableBytes < SCARCE_BYTES) {
    return {
      verdict: 'warning',
      evidence: `only ${evidence}`,
      remedy: 'end what the gateway does not need, such as a desktop: "sudo systemctl set-default multi-user.target"',
    };
  }
  if (swappedBytes > SWAPPED_MUCH_BYTES) {
    return {
      verdict: 'warning',
      evidence: `${sizeText(swappedBytes)} are swapped out to the card or disk, though ${evidence}`,
      remedy: 'end what takes the memory, or swap into compressed memory (Debian’s package zram-tools)',
    };
  }
  return { verdict: 'ok', evidence };
}
