/** What every heart-rate source must do. Register it with a way to set one up whose straps send when time goes by. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { HeartRateSource, SourceEvent, StrapWish } from '../../src/ports.ts';

export interface SourceHarness {
  readonly source: HeartRateSource;
  /** At least two, whose straps are all in range of one adapter. */
  readonly wishes: readonly StrapWish[];
  /** Lets time go by; within 20 s of the start every strap is read. */
  pass(durationMs: number): Promise<void>;
}

/** News of an athlete's strap; the others are of adapters and of strangers. */
type AthleteEvent = Exclude<SourceEvent, { type: 'adapter' | 'stranger' }>;

const isOfAthlete = (event: SourceEvent): event is AthleteEvent => 'athlete' in event;

export function sourceContract(name: string, setup: () => SourceHarness): void {
  /** Starts the source, gives it 20 s and the body a way to stop it while time goes on. */
  const withEvents = (
    title: string,
    body: (events: SourceEvent[], harness: SourceHarness, stop: () => Promise<void>) => Promise<void>,
  ) =>
    test(`${name}: ${title}`, async () => {
      const harness = setup();
      const events: SourceEvent[] = [];
      const stop = () => whileTimePasses(harness, harness.source.stop());
      await harness.source.start(harness.wishes, (event) => events.push(event));
      await harness.pass(20_000);
      try {
        await body(events, harness, stop);
      } finally {
        await stop();
      }
    });

  withEvents('every strap that is wished for is read, under the id of its athlete', async (events, { wishes }) => {
    for (const { athlete } of wishes) {
      const own = events.filter((event) => event.type === 'measurement' && event.athlete === athlete);
      assert.ok(own.length > 0, `nothing from athlete ${athlete}`);
    }
    const athletes = new Set(wishes.map(({ athlete }) => athlete));
    for (const { athlete } of events.filter(isOfAthlete)) assert.ok(athletes.has(athlete));
  });

  withEvents('a strap is named by twelve lower-case hex digits, always the same', async (events) => {
    const strapOf = new Map<string, string>();
    for (const event of events) {
      if (event.type !== 'adapter') assert.match(event.strap, /^[0-9a-f]{12}$/);
    }
    for (const { athlete, strap } of events.filter(isOfAthlete)) {
      assert.equal(strapOf.get(athlete) ?? strap, strap);
      strapOf.set(athlete, strap);
    }
  });

  withEvents('events over one adapter come in the order of their stamps', async (events) => {
    for (const [index, { monotonicMs }] of events.entries()) {
      assert.ok(Number.isFinite(monotonicMs) && monotonicMs >= (events[index - 1]?.monotonicMs ?? 0));
    }
  });

  withEvents('a link is announced before its readings, and a broadcast needs none', async (events, { wishes }) => {
    for (const { athlete } of wishes) {
      const own = events.filter(isOfAthlete).filter((event) => event.athlete === athlete);
      const ofLink = own.flatMap((event) => {
        if (event.type === 'link') return [event.state];
        return event.type === 'measurement' && event.way === 'link' ? ['measurement'] : [];
      });
      assert.deepEqual(ofLink.slice(0, 3), ['connecting', 'subscribed', 'measurement']);
    }
  });

  withEvents('no reading is told twice, by whichever way it came', async (events, { wishes }) => {
    for (const { athlete } of wishes) {
      const own = events.filter((event) => event.type === 'measurement' && event.athlete === athlete);
      const subscribedMs = events.find(
        (event) => event.type === 'link' && event.athlete === athlete && event.state === 'subscribed',
      )?.monotonicMs;
      assert.ok(subscribedMs !== undefined);
      for (const event of own) {
        assert.ok(event.type === 'measurement' && (event.way === 'link' || event.monotonicMs <= subscribedMs));
      }
    }
  });

  withEvents('whom to prefer can be said at any time, and disturbs no reading', async (events, harness, stop) => {
    const { source, wishes, pass } = harness;
    source.prefer(new Set(wishes.map(({ athlete }) => athlete)));
    source.prefer(new Set(['nobody']));
    const { length } = events;
    await pass(5_000);
    const since = events.slice(length);
    assert.ok(since.some(({ type }) => type === 'measurement'));
    assert.deepEqual(
      since.filter((event) => event.type === 'link' && event.state === 'lost'),
      [],
    );
    await stop();
    source.prefer(new Set());
  });

  withEvents('a wish that stands keeps its link, and one that is gone is heard of no more', async (events, harness) => {
    const { source, wishes, pass } = harness;
    const [gone, ...standing] = wishes;
    assert.ok(gone !== undefined && standing.length > 0);
    source.wish(standing);
    const { length } = events;
    await pass(20_000);
    const since = events.slice(length).filter(isOfAthlete);
    assert.deepEqual(
      since.filter(({ athlete }) => athlete === gone.athlete),
      [],
    );
    for (const { athlete } of standing) {
      const own = events.filter(isOfAthlete).filter((event) => event.athlete === athlete);
      assert.ok(since.some((event) => event.athlete === athlete && event.type === 'measurement'));
      assert.ok(own.every((event) => event.type !== 'link' || event.state !== 'lost'));
    }
  });

  withEvents('a wish that comes back, or comes to the strap of another athlete, is read', async (events, harness) => {
    const { source, wishes, pass } = harness;
    const [first, second, ...others] = wishes;
    assert.ok(first !== undefined && second !== undefined);
    source.wish(others);
    await pass(20_000);
    source.wish([{ athlete: 'new', match: first.match }, second, ...others]);
    const { length } = events;
    await pass(20_000);
    const since = events.slice(length).filter(isOfAthlete);
    for (const athlete of ['new', second.athlete]) {
      assert.ok(
        since.some((event) => event.athlete === athlete && event.type === 'measurement'),
        athlete,
      );
    }
    assert.ok(since.every(({ athlete }) => athlete !== first.athlete));
  });

  withEvents('wishes after a stop are nobody’s', async (events, { source, wishes, pass }, stop) => {
    await stop();
    const { length } = events;
    source.wish(wishes);
    await pass(20_000);
    assert.equal(events.length, length);
  });

  withEvents('events are plain data that survives the way to another process', async (events) => {
    assert.ok(events.length > 0);
    assert.deepEqual(JSON.parse(JSON.stringify(events)), events);
  });

  withEvents('no event comes after stop has resolved', async (events, { pass }, stop) => {
    await stop();
    const { length } = events;
    await pass(60_000);
    assert.equal(events.length, length);
  });

  withEvents('stopping twice, and at the same time, is safe', async (_events, harness, stop) => {
    await whileTimePasses(harness, Promise.all([harness.source.stop(), harness.source.stop()]));
    await stop();
  });

  test(`${name}: stopping without having started is safe`, async () => {
    const harness = setup();
    await whileTimePasses(harness, harness.source.stop());
  });

  test(`${name}: with nobody wished for there is nobody's event`, async () => {
    const harness = setup();
    const events: SourceEvent[] = [];
    harness.source.prefer(new Set(['nobody']));
    await harness.source.start([], (event) => events.push(event));
    await harness.pass(20_000);
    await whileTimePasses(harness, harness.source.stop());
    assert.deepEqual(events.filter(isOfAthlete), []);
  });
}

/** Stopping takes time, and nothing takes time on a clock that stands still. */
async function whileTimePasses(harness: SourceHarness, ending: Promise<unknown>): Promise<void> {
  let ended = false;
  const done = ending.finally(() => {
    ended = true;
  });
  for (let i = 0; i < 100 && !ended; i++) await harness.pass(100);
  assert.ok(ended, 'stop has a deadline');
  await done;
}
