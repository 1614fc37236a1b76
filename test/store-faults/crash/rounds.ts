/**
 * Ends the writer by SIGKILL at random instants, opens its store again and holds it against what was told. Stores live
 * for some rounds and are then begun anew, so that being made, filling, evicting and checkpointing all come up.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../../simulator/random.ts';
import { Bookkeeping, type Figures } from '../bookkeeping.ts';
import { WriterProcess } from '../writer-process.ts';
import { writeOldStore } from './old-store.ts';

const ROUNDS_A_STORE = 20;

/** A round is mostly the start of a process, and waiting. */
const STORES_AT_ONCE = 3;

/** How often the kill comes while the store is being opened, and how far it is then from the first touch. */
const OPENING = { often: 0.25, withinMs: 12 };
const RUNNING = { withinMs: 350 };

/** Room for about 5,000 samples beside what the log may take, so that a few rounds fill it. */
const MAX_BYTES = 4 * 1024 * 1024 + 300_000;

export interface CrashSummary {
  readonly seed: string;
  readonly rounds: number;
  readonly killedWhileOpening: number;
  readonly figures: Figures;
  readonly findings: readonly string[];
}

export async function crashRounds({ rounds, seed }: { rounds: number; seed: string }): Promise<CrashSummary> {
  const lives = Array.from({ length: Math.ceil(rounds / ROUNDS_A_STORE) }, (_, i) => ({
    seed: `${seed}/${i}`,
    rounds: Math.min(ROUNDS_A_STORE, rounds - i * ROUNDS_A_STORE),
  }));
  const ended: Life[] = [];
  const queue = lives.values();
  await Promise.all(
    Array.from({ length: STORES_AT_ONCE }, async () => {
      for (const life of queue) ended.push(await live(life));
    }),
  );
  return {
    seed,
    rounds,
    killedWhileOpening: ended.reduce((sum, life) => sum + life.killedWhileOpening, 0),
    figures: together(ended.map(({ figures }) => figures)),
    findings: ended.flatMap(({ findings }) => findings),
  };
}

interface Life {
  readonly killedWhileOpening: number;
  readonly figures: Figures;
  readonly findings: readonly string[];
}

async function live({ seed, rounds }: { seed: string; rounds: number }): Promise<Life> {
  const folder = mkdtempSync(join(tmpdir(), 'sideline-crash-'));
  const store = join(folder, 'outbox.db');
  const random = new Random(seed);
  const books = new Bookkeeping();
  let killedWhileOpening = 0;
  try {
    // Half of the stores were begun by an earlier version.
    if (random.uniform() < 0.5) {
      const group = { from: 0, through: writeOldStore(store) - 1 };
      books.take({ event: 'appending', ...group });
      books.take({ event: 'stored', ...group, ticks: 0 });
    }
    for (let round = 0; round < rounds; round++) {
      const isOpening = random.uniform() < OPENING.often;
      if (await killedWriter({ store, seed: `${seed}/${round}`, isOpening, random, books })) killedWhileOpening++;
    }
    // The last kill too is held against what the store has after it.
    const last = writer({ store, seed, groups: 1 }, books);
    await last.ended;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    killedWhileOpening,
    figures: books.figures,
    findings: books.findings.map((text) => `seed ${seed}: ${text}`),
  };
}

interface Round {
  readonly store: string;
  readonly seed: string;
  readonly isOpening: boolean;
  readonly random: Random;
  readonly books: Bookkeeping;
}

/** @returns whether the kill came before the store was open */
async function killedWriter({ store, seed, isOpening, random, books }: Round): Promise<boolean> {
  let isOpen = false;
  const process = writer({ store, seed }, books, () => {
    isOpen = true;
  });
  const begun = process.told(({ event }) => event === (isOpening ? 'opening' : 'inspected'), 'the store was open');
  await begun.catch((error) => books.findings.push(String(error)));
  await sleep(random.between(0, isOpening ? OPENING.withinMs : RUNNING.withinMs));
  process.kill('SIGKILL');
  const { code, signal, stderr } = await process.ended;
  if (signal !== 'SIGKILL') books.findings.push(`the writer ended by itself (${code ?? signal}):\n${stderr}`);
  return !isOpen;
}

function writer(
  { store, seed, groups }: { store: string; seed: string; groups?: number },
  books: Bookkeeping,
  onOpen = () => {},
): WriterProcess {
  const options = { store, seed, from: books.next, maxBytes: MAX_BYTES, ...(groups === undefined ? {} : { groups }) };
  return new WriterProcess(options, (told) => {
    if (told.event === 'opened') onOpen();
    books.take(told);
  });
}

function together(all: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number) => all.reduce((total, figures) => total + of(figures), 0);
  return {
    stored: sum(({ stored }) => stored),
    delivered: sum(({ delivered }) => delivered),
    evicted: sum(({ evicted }) => evicted),
    duplicates: sum(({ duplicates }) => duplicates),
    unpersistedAtMost: Math.max(0, ...all.map(({ unpersistedAtMost }) => unpersistedAtMost)),
    refused: sum(({ refused }) => refused),
  };
}
