/** How many samples a second go through decode, rules and group commit, and what the disk makes of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { decodeHeartRate, encodeHeartRate } from '../../device/profiles/heart-rate.ts';
import { demoTeam } from '../../simulator/world.ts';
import { Contest } from '../../src/domain/contest.ts';
import { Ledger } from '../../src/domain/ledger.ts';
import { RuleEngine } from '../../src/domain/rules/engine.ts';
import { SignalMonitor } from '../../src/domain/signal.ts';
import { Timekeeper } from '../../src/domain/timekeeper.ts';
import { Ingest } from '../../src/gateway/ingest.ts';
import { Roster } from '../../src/gateway/roster.ts';
import { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import type { Clock } from '../../src/ports.ts';
import { samplesOf } from '../contract/outbox.ts';
import { syncsPerSecond } from './disk.ts';

const ATHLETES = 30;
const SAMPLES = 300_000;
const GROUP = 1_000;
const PAYLOAD = encodeHeartRate({ bpm: 142, contact: 'detected', energyKj: null, rrMs: [422.85, 430.66] });

export interface PipelineFigures {
  readonly samplesPerSecond: number;
  /** The same records, one commit each. */
  readonly singleCommitsPerSecond: number;
  /** What the disk can do: fdatasync after each write of a page. */
  readonly syncsPerSecond: number;
}

/** @param folder on the disk to be measured */
export async function measurePipeline(folder: string): Promise<PipelineFigures> {
  const own = mkdtempSync(join(folder, 'sideline-bench-'));
  try {
    return {
      samplesPerSecond: await grouped(join(own, 'grouped.db')),
      singleCommitsPerSecond: await single(join(own, 'single.db')),
      syncsPerSecond: syncsPerSecond(own),
    };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** The gateway's own ingest loop, given as many readings at a time as make one commit. */
async function grouped(path: string): Promise<number> {
  const outbox = open(path);
  const team = demoTeam(ATHLETES);
  const clock = new HandClock();
  const signals = new SignalMonitor();
  let stored = 0;
  const ingest = new Ingest(
    {
      clock,
      realClock: clock,
      contest: new Contest(),
      engine: new RuleEngine(team),
      ledger: new Ledger(),
      roster: new Roster(team, signals),
      signals,
      outbox,
      responder: { respond: () => {} },
      telemetry: { emit: () => {} },
      onStored: () => stored++,
      onEntry: () => {},
      onAlerts: () => {},
      onTime: () => {},
      timekeeper: new Timekeeper({
        trust: 'always',
        first: { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() },
      }),
    },
    { ingestQueue: GROUP, groupCommitMs: 1_000_000 },
  );
  const end = new AbortController();
  const loop = ingest.run(end.signal);
  const beginMs = performance.now();
  for (let sent = 0; sent < SAMPLES; sent += GROUP) {
    const before = stored;
    for (let i = sent; i < sent + GROUP; i++) {
      const athlete = team[i % ATHLETES];
      if (athlete === undefined) throw new Error('no such athlete');
      if (i % ATHLETES === 0) clock.passMs(1_000);
      const measurement = decodeHeartRate(PAYLOAD);
      ingest.offer({
        type: 'measurement',
        athlete: athlete.id,
        strap: 'a09e1a000007',
        monotonicMs: clock.monotonicMs(),
        measurement,
        way: 'link',
      });
    }
    while (stored === before) await turn();
  }
  const seconds = (performance.now() - beginMs) / 1000;
  end.abort();
  clock.end();
  await loop;
  const { samples } = outbox.backlog('primary');
  await outbox.close();
  if (samples !== SAMPLES) throw new Error(`${samples} samples stored of ${SAMPLES}`);
  return SAMPLES / seconds;
}

async function single(path: string): Promise<number> {
  const outbox = open(path);
  const records = samplesOf('7', 0, 2_000);
  const beginMs = performance.now();
  for (const record of records) await outbox.append([record]);
  const seconds = (performance.now() - beginMs) / 1000;
  await outbox.close();
  return records.length / seconds;
}

function open(path: string): SqliteOutbox {
  return SqliteOutbox.openHere({ path, maxBytes: 2e9, bootId: 'bench', uplinks: ['primary'] });
}

/** Time moves by hand; sleepers wake when told to, or at the end. */
class HandClock implements Clock {
  #nowMs = 0;
  readonly #end = new AbortController();

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  passMs(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  end(): void {
    this.#end.abort();
  }

  sleep(_durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted || this.#end.signal.aborted) return resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
