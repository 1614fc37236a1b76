/**
 * The books: whatever the straps sent is in the store or in the ledger, for each athlete, whatever goes wrong. What came
 * and was lost is counted; what never came lies in a silence.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Gap } from '../../src/domain/gap.ts';
import { ScriptedStore } from '../fakes/scripted-store.ts';
import { measurement, running, T0 } from './ingest-rig.ts';

const ATHLETES = ['7', '8'];

interface Sent {
  readonly athlete: string;
  readonly timeMs: number;
}

/** What the straps of two athletes send, and what becomes of it on the way. */
class Books {
  readonly store = new ScriptedStore();
  /** Readings that reached the gateway, malformed ones too. */
  readonly heard: Sent[] = [];
  /** Readings that no radio heard. */
  readonly unheard: Sent[] = [];
  #t = running({ ingestQueue: 50 }, { store: this.store, startWallMs: T0 });
  #isOutOfRange = false;

  /** A second of both straps, each with this many readings. */
  async second(readings: number): Promise<void> {
    for (const athlete of ATHLETES) {
      for (let i = 0; i < readings; i++) this.#send(athlete, i / readings);
    }
    await this.#t.clock.advanceBy(1_000);
  }

  async malformed(): Promise<void> {
    const { clock, ingest } = this.#t;
    const monotonicMs = clock.monotonicMs();
    this.heard.push({ athlete: '7', timeMs: clock.wallMs() });
    ingest.offer({ type: 'malformed', athlete: '7', strap: 'a09e1a000007', monotonicMs, reason: 'an odd byte' });
    await clock.advanceBy(100);
  }

  /** The radio had no room for them. */
  async dropped(count: number): Promise<void> {
    const { clock, ingest } = this.#t;
    const monotonicMs = clock.monotonicMs();
    for (let i = 0; i < count; i++) this.heard.push({ athlete: '8', timeMs: clock.wallMs() });
    const of = { athlete: '8', strap: 'a09e1a000008', monotonicMs, fromMonotonicMs: monotonicMs };
    ingest.offer({ type: 'dropped', ...of, count });
    await clock.advanceBy(100);
  }

  outOfRange(isOutOfRange: boolean): void {
    const { clock, ingest } = this.#t;
    if (isOutOfRange === this.#isOutOfRange) return;
    this.#isOutOfRange = isOutOfRange;
    for (const athlete of ATHLETES) {
      const of = { athlete, strap: `a09e1a00000${athlete}`, adapter: 'hci0', monotonicMs: clock.monotonicMs() };
      if (isOutOfRange) ingest.offer({ type: 'link', ...of, state: 'lost', cause: 'out-of-range' });
      else ingest.offer({ type: 'link', ...of, state: 'subscribed' });
    }
  }

  async restart(how: 'stop' | 'kill'): Promise<void> {
    const { clock } = this.#t;
    this.store.isDeaf = how === 'kill';
    this.store.release();
    await this.#t.end();
    this.store.isDeaf = false;
    const startWallMs = clock.wallMs() + 3_000;
    this.#t = running({ ingestQueue: 50 }, { store: this.store, startWallMs });
    this.#t.ingest.resume(await this.store.recall(), 'run');
    this.#isOutOfRange = false;
  }

  /** Everything is over: the straps are heard, and the store can be written. */
  async close(): Promise<void> {
    this.store.fails = false;
    this.store.release();
    this.outOfRange(false);
    for (let i = 0; i < 20; i++) await this.second(1);
    await this.#t.end();
  }

  #send(athlete: string, part: number): void {
    const { clock, ingest } = this.#t;
    const timeMs = clock.wallMs() + Math.floor(part * 40);
    if (this.#isOutOfRange) this.unheard.push({ athlete, timeMs });
    else {
      this.heard.push({ athlete, timeMs });
      ingest.offer(measurement(athlete, clock.monotonicMs() + Math.floor(part * 40), 70));
    }
  }
}

const isCounted = ({ count }: Gap) => count !== undefined;

const covers = (gap: Gap, { athlete, timeMs }: Sent) =>
  gap.athlete === athlete && timeMs >= gap.fromMs && timeMs <= (gap.toMs ?? Number.POSITIVE_INFINITY);

function assertReconciled({ store, heard, unheard }: Books, { exactly }: { exactly: boolean }): void {
  const silences = store.gaps.filter((gap) => !isCounted(gap));
  for (const sent of unheard)
    assert.ok(
      silences.some((gap) => covers(gap, sent)),
      `${JSON.stringify(sent)} is in no gap`,
    );
  for (const athlete of ATHLETES) {
    const isOurs = (record: { athlete: string }) => record.athlete === athlete;
    const delivered = store.samples.filter(isOurs);
    assert.equal(
      new Set(delivered.map(({ timeMs, monotonicMs }) => `${timeMs} ${monotonicMs}`)).size,
      delivered.length,
    );
    const sent = heard.filter(isOurs);
    const counted = store.gaps.filter(isOurs).reduce((sum, { count = 0 }) => sum + count, 0);
    if (exactly) assert.equal(delivered.length + counted, sent.length, `athlete ${athlete}`);
    // What was in memory when the process was killed is in the silence up to its next start, and counted nowhere.
    const times = new Set(delivered.map(({ timeMs }) => timeMs));
    const missing = sent.filter((each) => !times.has(each.timeMs) && !silences.some((gap) => covers(gap, each)));
    assert.ok(missing.length <= counted, `athlete ${athlete}: ${missing.length} are missing, ${counted} counted`);
    assert.ok(delivered.length + counted <= sent.length, `athlete ${athlete}: some are there and counted`);
  }
}

const STEPS = {
  second: (books: Books) => books.second(1),
  minute: async (books: Books) => {
    for (let i = 0; i < 60; i++) await books.second(1);
  },
  flood: (books: Books) => books.second(40),
  malformed: (books: Books) => books.malformed(),
  dropped: (books: Books) => books.dropped(7),
  'out of range': (books: Books) => books.outOfRange(true),
  'in range': (books: Books) => books.outOfRange(false),
  'store fails': (books: Books) => {
    books.store.fails = true;
  },
  'store works': (books: Books) => {
    books.store.fails = false;
  },
  'store hangs': (books: Books) => books.store.hold(),
  'store goes on': (books: Books) => books.store.release(),
  evicted: (books: Books) => books.store.drop(30, 'evicted'),
  corrupted: (books: Books) => books.store.drop(10, 'corrupted'),
  kill: (books: Books) => books.restart('kill'),
} as const;

type Step = keyof typeof STEPS;

async function booksAfter(steps: readonly Step[]): Promise<Books> {
  const books = new Books();
  for (let i = 0; i < 5; i++) await books.second(1);
  for (const step of steps) await STEPS[step](books);
  await books.close();
  return books;
}

const NAMES = Object.keys(STEPS) as Step[];

test('delivered and ledger together are what the straps sent, whatever goes wrong but the process', async () => {
  const step = fc.constantFrom(...NAMES.filter((name) => name !== 'kill'));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      assertReconciled(await booksAfter(steps), { exactly: true });
    }),
    { numRuns: 100 },
  );
});

test('what a killed process had in memory is in the silence up to its next start', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...NAMES), { maxLength: 25 }), async (steps) => {
      assertReconciled(await booksAfter(steps), { exactly: !steps.includes('kill') });
    }),
    { numRuns: 100 },
  );
});

test('the books balance over a stop, and over more readings than memory holds while the store fails', async () => {
  const books = new Books();
  for (let i = 0; i < 5; i++) await books.second(1);
  books.store.fails = true;
  for (let i = 0; i < 500; i++) await books.second(25);
  books.store.fails = false;
  await books.second(1);
  await books.restart('stop');
  await books.close();
  assertReconciled(books, { exactly: true });
  const causes = new Set(books.store.gaps.map(({ cause }) => cause));
  assert.deepEqual(causes, new Set(['store-unwritable', 'gateway-stopped']));
});
