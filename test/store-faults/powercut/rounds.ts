/**
 * Records what the writer does to its files, and rebuilds from that what a power cut may leave at any instant; opens it
 * with the product, has it go on for a little, and holds what is there against what had been told by then.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Random } from '../../../simulator/random.ts';
import { Sqlite } from '../../../src/outbox/sqlite.ts';
import { Bookkeeping } from '../bookkeeping.ts';
import type { Told } from '../told.ts';
import { WriterProcess } from '../writer-process.ts';
import { Disk } from './disk.ts';
import { recordedSteps, recorder, type Step } from './recording.ts';

/** Room for about 5,000 samples beside what the log may take, so that a recording fills it and goes on. */
const MAX_BYTES = 4 * 1024 * 1024 + 300_000;

const GROUPS_A_RECORDING = 400;

/** A store is recorded from its making, and then once more from its next opening on. */
const RECORDINGS_A_STORE = 2;

const ROUNDS_A_RECORDING = 40;
const AT_ONCE = 3;

export interface PowerCutOptions {
  readonly rounds: number;
  readonly seed: string;
  /** `NORMAL` is not what the product does: it is to be found out. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Every so many syncs one fails with EIO; none without it. */
  readonly failingSyncEvery?: number;
}

export interface PowerCutSummary {
  readonly seed: string;
  readonly rounds: number;
  /** Rounds after which something was wrong. */
  readonly failed: number;
  /** How often each kind of cut was made. */
  readonly cuts: Readonly<Record<string, number>>;
  readonly syncs: number;
  readonly failedSyncs: number;
  /** Told as stored before the cuts, all rounds together. */
  readonly stored: number;
  readonly findings: readonly string[];
}

interface Recording {
  readonly steps: readonly Step[];
  /** What was there when it began, and had been told. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly toldBefore: readonly Told[];
}

interface Round {
  readonly name: string;
  readonly cut: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly told: readonly Told[];
}

export async function powerCutRounds(options: PowerCutOptions): Promise<PowerCutSummary> {
  const cuts: Record<string, number> = {};
  const findings: string[] = [];
  let [failed, stored, syncs, failedSyncs] = [0, 0, 0, 0];
  const each = Math.min(ROUNDS_A_RECORDING, Math.ceil(options.rounds / RECORDINGS_A_STORE));
  for (let made = 0, number = 0; made < options.rounds; number++) {
    for (const recording of await recordings(options, `${options.seed}/${number}`)) {
      syncs += recording.steps.filter(({ type }) => type === 'synced').length;
      failedSyncs += recording.steps.filter(({ type }) => type === 'sync-failed').length;
      const count = Math.min(each, options.rounds - made);
      const queue = roundsOf(recording, count, new Random(`${options.seed}/${made}`));
      made += count;
      const work = async () => {
        for (const round of queue) {
          cuts[round.cut] = (cuts[round.cut] ?? 0) + 1;
          const books = await checked(round, options.seed);
          stored += books.storedBefore;
          if (books.findings.length > 0) failed++;
          findings.push(...books.findings.map((text) => `${round.name}, ${round.cut} left: ${text}`));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }
  }
  return { seed: options.seed, rounds: options.rounds, failed, cuts, syncs, failedSyncs, stored, findings };
}

async function recordings(how: PowerCutOptions, seed: string): Promise<Recording[]> {
  return await inFolder(async (folder) => {
    const store = join(folder, 'store');
    mkdirSync(store);
    const made: Recording[] = [];
    const toldBefore: Told[] = [];
    for (let number = 0; number < RECORDINGS_A_STORE; number++) {
      const files = filesIn(store);
      const steps = await record(how, `${seed}/${number}`, folder);
      made.push({ steps, files, toldBefore: [...toldBefore] });
      toldBefore.push(...steps.flatMap((step) => (step.type === 'told' ? [step.told] : [])));
    }
    return made;
  });
}

async function record(how: PowerCutOptions, seed: string, folder: string): Promise<Step[]> {
  const trace = join(folder, 'trace');
  const lowered = how.synchronous === 'NORMAL' ? { preload: 'powercut/lowered-synchronous.ts' } : {};
  const store = join(folder, 'store', 'outbox.db');
  const options = {
    store,
    seed,
    groups: GROUPS_A_RECORDING,
    maxBytes: MAX_BYTES,
    under: recorder(trace, how.failingSyncEvery),
    ...lowered,
  };
  const { code, signal, stderr } = await new WriterProcess(options, () => {}).ended;
  if (code !== 0) throw new Error(`the writer ended with ${code ?? signal} while it was recorded:\n${stderr}`);
  return recordedSteps(trace, join(folder, 'store'));
}

function* roundsOf({ steps, files, toldBefore }: Recording, count: number, random: Random): Generator<Round> {
  const instants = Array.from({ length: count }, () => Math.floor(random.uniform() * (steps.length + 1)));
  const disk = new Disk(random, files);
  const told = [...toldBefore];
  let at = 0;
  for (const instant of instants.sort((a, b) => a - b)) {
    for (const step of steps.slice(at, instant)) {
      disk.take(step);
      if (step.type === 'told') told.push(step.told);
    }
    at = instant;
    const { cut, files: left } = disk.cut();
    yield { name: `step ${instant} of ${steps.length}`, cut, files: left, told: [...told] };
  }
}

/** Opens what was left, twice: what it took in after the cut has to be there as well. */
async function checked({ files, told }: Round, seed: string): Promise<{ findings: string[]; storedBefore: number }> {
  return await inFolder(async (folder) => {
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const books = new Bookkeeping();
    for (const line of told) books.take(line);
    const storedBefore = books.figures.stored;
    for (const groups of [2, 0]) {
      const options = { store: join(folder, 'outbox.db'), seed, groups, from: books.next, maxBytes: MAX_BYTES };
      const { code, signal, stderr } = await new WriterProcess(options, (line) => books.take(line)).ended;
      if (code !== 0) books.findings.push(`the writer ended with ${code ?? signal}:\n${stderr}`);
    }
    books.findings.push(...damage(join(folder, 'outbox.db')));
    return { findings: books.findings, storedBefore };
  });
}

/** Also what no record shows: SQLite's own look at every page and index. */
function damage(store: string): string[] {
  const db = new Sqlite(store);
  try {
    const found = db.prepare<[], string>('PRAGMA integrity_check').pluck().all();
    return found.filter((text) => text !== 'ok').map((text) => `integrity_check: ${text}`);
  } finally {
    db.close();
  }
}

function filesIn(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return new Map(names.map(({ name }) => [name, readFileSync(join(folder, name))]));
}

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sideline-power-cut-')));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
