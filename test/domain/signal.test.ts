import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { RATE_FROZEN_MS, RR_FROZEN_MS } from '../../src/domain/frozen.ts';
import type { Contact, Sample } from '../../src/domain/sample.ts';
import { type LinkNews, type SignalEvent, SignalMonitor } from '../../src/domain/signal.ts';
import { recordedHearts, simulatedHeart, smoothed } from '../fixtures/hearts.ts';
import { requires } from '../requirements.ts';

interface Reading {
  readonly bpm?: number;
  readonly rrMs?: readonly number[];
  readonly contact?: Contact;
  readonly athlete?: string;
}

const reading = (
  second: number,
  { athlete = '7', bpm = 70 + (second % 3), rrMs = [], contact = 'detected' }: Reading = {},
): Sample => ({
  athlete,
  strap: `a09e1a00000${athlete}`,
  timeMs: 1_700_000_000_000 + second * 1000,
  monotonicMs: Math.round(second * 1000),
  ...(bpm === 0 ? {} : { bpm }),
  rrMs,
  contact,
});

const link = (second: number, state: LinkNews['state'], more: Partial<LinkNews> = {}): LinkNews => ({
  athlete: '7',
  adapter: 'hci0',
  monotonicMs: Math.round(second * 1000),
  state,
  ...more,
});

const brief = (events: readonly SignalEvent[]) =>
  events.map(({ athlete, state, monotonicMs }) => `${athlete} ${state} at ${monotonicMs / 1000}`);

/** Readings of each second from `fromS` up to but not including `toS`. */
function play(monitor: SignalMonitor, fromS: number, toS: number, what?: Reading): SignalEvent[] {
  const events: SignalEvent[] = [];
  for (let s = fromS; s < toS; s++) events.push(...monitor.reading(reading(s, what)), ...monitor.passed(s * 1000));
  return events;
}

/** Time goes by without a reading. */
function silence(monitor: SignalMonitor, fromS: number, toS: number): SignalEvent[] {
  const events: SignalEvent[] = [];
  for (let s = fromS; s < toS; s += 0.25) events.push(...monitor.passed(s * 1000));
  return events;
}

test('the first usable reading makes a signal live, once, however many follow', () => {
  const monitor = new SignalMonitor();
  assert.equal(monitor.stateOf('7'), undefined);
  assert.deepEqual(brief(play(monitor, 0, 600)), ['7 live at 0']);
  assert.equal(monitor.stateOf('7'), 'live');
});

test('an athlete of whom nothing was heard has no signal to lose', () => {
  const monitor = new SignalMonitor();
  monitor.link(link(0, 'connecting'));
  monitor.link(link(5, 'failed'));
  assert.deepEqual(brief(silence(monitor, 0, 60)), []);
});

test('no skin contact for three seconds is lost contact, and one or two readings of it are none', () => {
  const monitor = new SignalMonitor();
  play(monitor, 0, 10);
  assert.deepEqual(play(monitor, 10, 13, { contact: 'lost', bpm: 0 }), []);
  assert.deepEqual(play(monitor, 13, 20), []);
  assert.deepEqual(play(monitor, 20, 40, { contact: 'lost', bpm: 90 }), [
    {
      athlete: '7',
      state: 'contact-lost',
      monotonicMs: 23_000,
      sinceMs: 20_000,
      evidence: { withoutRateMs: 3_000, readings: 4 },
    },
  ]);
  assert.deepEqual(brief(play(monitor, 40, 42)), ['7 live at 40']);
});

test('0 bpm is another way of saying that there is no contact', () => {
  const monitor = new SignalMonitor();
  play(monitor, 0, 10);
  assert.deepEqual(brief(play(monitor, 10, 30, { bpm: 0, contact: 'unsupported' })), ['7 contact-lost at 13']);
});

test('a link that holds and brings nothing for five seconds is no signal, since the last reading', () => {
  const monitor = new SignalMonitor();
  monitor.link(link(0, 'subscribed'));
  play(monitor, 1, 10);
  assert.deepEqual(silence(monitor, 10, 60), [
    { athlete: '7', state: 'no-signal', monotonicMs: 14_250, sinceMs: 9_000, evidence: { silentMs: 5_250 } },
  ]);
  assert.deepEqual(brief(play(monitor, 60, 62)), ['7 live at 60']);
});

test('a strap that is linked and never sends is no signal, since its link began', () => {
  const monitor = new SignalMonitor();
  monitor.link(link(2, 'connecting'));
  monitor.link(link(3, 'subscribed'));
  assert.equal(monitor.stateOf('7'), undefined);
  assert.deepEqual(silence(monitor, 3, 60), [
    { athlete: '7', state: 'no-signal', monotonicMs: 8_250, sinceMs: 3_000, evidence: { silentMs: 5_250 } },
  ]);
});

test('how a link ended tells a strap that went away from an adapter that did, and from the rest', () => {
  for (const [cause, state] of [
    ['out-of-range', 'out-of-range'],
    ['adapter-lost', 'adapter-lost'],
    ['other', 'link-lost'],
    [undefined, 'link-lost'],
  ] as const) {
    const monitor = new SignalMonitor();
    monitor.link(link(0, 'subscribed'));
    play(monitor, 1, 10);
    const lost = monitor.link(link(11, 'lost', cause === undefined ? {} : { cause }));
    assert.deepEqual(lost, [
      { athlete: '7', state, monotonicMs: 11_000, sinceMs: 9_000, evidence: { silentMs: 2_000 } },
    ]);
    assert.deepEqual(silence(monitor, 11, 60), [], 'and it is no other silence besides');
    monitor.link(link(60, 'subscribed'));
    assert.equal(monitor.stateOf('7'), undefined, 'a new link has yet to bring something');
    assert.deepEqual(brief(play(monitor, 61, 63)), ['7 live at 61']);
  }
});

test('a strap that walks away is silent first, and out of range when its link has timed out', () => {
  const monitor = new SignalMonitor();
  monitor.link(link(0, 'subscribed'));
  play(monitor, 0, 10);
  assert.deepEqual(brief(silence(monitor, 10, 15.5)), ['7 no-signal at 14.25']);
  assert.deepEqual(brief(monitor.link(link(15.5, 'lost', { cause: 'out-of-range' }))), ['7 out-of-range at 15.5']);
});

test('a link that was handed over to another adapter ends nothing with its end', () => {
  const monitor = new SignalMonitor();
  monitor.link(link(0, 'subscribed'));
  play(monitor, 0, 10);
  monitor.link(link(10, 'subscribed', { adapter: 'hci1' }));
  assert.deepEqual(monitor.link(link(9.9, 'lost', { cause: 'out-of-range' })), []);
  assert.deepEqual(monitor.adapter({ adapter: 'hci0', monotonicMs: 10_000, state: 'lost' }), []);
  assert.equal(monitor.stateOf('7'), 'live');
  assert.ok(monitor.isLinked('7'));
  assert.deepEqual(brief(monitor.link(link(11, 'lost', { adapter: 'hci1' }))), ['7 link-lost at 11']);
  assert.ok(!monitor.isLinked('7'));
});

test('what is lost already is not lost again, for another cause', () => {
  const monitor = new SignalMonitor();
  monitor.adapter({ adapter: 'hci0', monotonicMs: 0, state: 'ready' });
  monitor.link(link(0, 'subscribed'));
  play(monitor, 0, 10);
  monitor.link(link(11, 'lost', { cause: 'out-of-range' }));
  assert.deepEqual(monitor.adapter({ adapter: 'hci0', monotonicMs: 20_000, state: 'lost' }), []);
  assert.deepEqual(monitor.link(link(21, 'lost')), []);
  assert.equal(monitor.stateOf('7'), 'out-of-range');
});

test('an adapter takes its own links with it, told once, whichever is told first', () => {
  for (const adapterFirst of [true, false]) {
    const monitor = new SignalMonitor();
    for (const [athlete, adapter] of [
      ['7', 'hci0'],
      ['8', 'hci1'],
    ] as const) {
      monitor.adapter({ adapter, monotonicMs: 0, state: 'ready' });
      monitor.link(link(0, 'subscribed', { athlete, adapter }));
      play(monitor, 1, 10, { athlete });
    }
    const told = {
      adapter: () => monitor.adapter({ adapter: 'hci0', monotonicMs: 10_000, state: 'lost' }),
      link: () => monitor.link(link(10, 'lost', { cause: 'adapter-lost' })),
    };
    const events = adapterFirst ? [...told.adapter(), ...told.link()] : [...told.link(), ...told.adapter()];
    assert.deepEqual(brief(events), ['7 adapter-lost at 10']);
    assert.equal(monitor.stateOf('8'), 'live');
  }
});

test('with the last adapter goes what came in advertisements, and not before', () => {
  const monitor = new SignalMonitor();
  for (const adapter of ['hci0', 'hci1']) monitor.adapter({ adapter, monotonicMs: 0, state: 'ready' });
  play(monitor, 0, 10);
  assert.deepEqual(monitor.adapter({ adapter: 'hci0', monotonicMs: 10_000, state: 'lost' }), []);
  assert.deepEqual(brief(monitor.adapter({ adapter: 'hci1', monotonicMs: 11_000, state: 'lost' })), [
    '7 adapter-lost at 11',
  ]);
});

test('a rate alone that does not change is frozen after three minutes', () => {
  const monitor = new SignalMonitor();
  play(monitor, 0, 10);
  assert.deepEqual(play(monitor, 10, 400, { bpm: 64 }), [
    {
      athlete: '7',
      state: 'frozen',
      monotonicMs: 10_000 + RATE_FROZEN_MS,
      sinceMs: 10_000,
      evidence: { unchangedMs: RATE_FROZEN_MS, readings: 181, rrReadings: 0 },
    },
  ]);
  assert.deepEqual(brief(play(monitor, 400, 402, { bpm: 65 })), ['7 live at 400']);
});

test('RR intervals that do not change are frozen after half a minute', () => {
  const monitor = new SignalMonitor();
  const frozen = { bpm: 64, rrMs: [937.5, 938.4765625] };
  assert.deepEqual(brief(play(monitor, 0, 60, frozen)), ['7 live at 0', `7 frozen at ${RR_FROZEN_MS / 1000}`]);
});

test('RR intervals that change prove a heart, however steady its rate', () => {
  const monitor = new SignalMonitor();
  const events: SignalEvent[] = [];
  for (let s = 0; s < 3_600; s++) {
    // As a strap does that sends them with some of its readings only.
    const rrMs = s % 20 === 0 ? [937.5 + (s % 3)] : [];
    events.push(...monitor.reading(reading(s, { bpm: 64, rrMs })));
  }
  assert.deepEqual(brief(events), ['7 live at 0']);
});

test('a watch that freezes sends 0 bpm now and then, which does not make it live', () => {
  const monitor = new SignalMonitor();
  const events: SignalEvent[] = [];
  for (let s = 0; s < 400; s++) events.push(...monitor.reading(reading(s, { bpm: s % 30 === 29 ? 0 : 64 })));
  assert.deepEqual(brief(events), ['7 live at 0', '7 frozen at 180']);
});

test('readings without a rate before a silence and after it are not one row of them', () => {
  const monitor = new SignalMonitor();
  play(monitor, 0, 10);
  play(monitor, 10, 12, { bpm: 0 });
  silence(monitor, 12, 60);
  assert.deepEqual(brief(play(monitor, 60, 70, { bpm: 0 })), ['7 contact-lost at 63']);
});

test('what was off the skin or silent in between has not been frozen meanwhile', () => {
  const between: readonly (readonly [what: Reading | undefined, forS: number])[] = [
    [{ contact: 'lost' }, 1],
    [{ bpm: 0 }, 10],
    [undefined, 6],
  ];
  for (const [what, forS] of between) {
    const monitor = new SignalMonitor();
    play(monitor, 0, 100, { bpm: 64 });
    if (what !== undefined) play(monitor, 100, 100 + forS, what);
    assert.deepEqual(
      play(monitor, 100 + forS, 280 + forS, { bpm: 64 }).filter(({ state }) => state === 'frozen'),
      [],
      JSON.stringify(what),
    );
    assert.deepEqual(brief(play(monitor, 280 + forS, 281 + forS, { bpm: 64 })), [`7 frozen at ${280 + forS}`]);
  }
});

test('a value that had frozen is still frozen after a silence or a lost link, until it is another one', () => {
  for (const isLost of [false, true]) {
    const monitor = new SignalMonitor();
    play(monitor, 0, 200, { bpm: 64 });
    if (isLost) monitor.link(link(200, 'lost'));
    silence(monitor, 200, 230);
    assert.deepEqual(brief(play(monitor, 230, 240, { bpm: 64 })), ['7 frozen at 230']);
    assert.deepEqual(brief(play(monitor, 240, 250, { bpm: 65 })), ['7 live at 240']);
  }
});

test('no recorded heart and no simulated one is ever taken for frozen, smoothed or not', requires('recordings'), () => {
  const hearts = [
    ...Object.values(recordedHearts()),
    ...Array.from({ length: 40 }, (_, i) => simulatedHeart(i, 5_000)),
  ];
  for (const heart of hearts) {
    for (const readings of [heart, smoothed(heart, 5), smoothed(heart, 10)]) {
      const withoutRr = readings.map((each) => ({ ...each, rrMs: [] }));
      for (const variant of [readings, withoutRr]) {
        const monitor = new SignalMonitor();
        assert.deepEqual(
          new Set(variant.flatMap((each) => monitor.reading(each)).map(({ state }) => state)),
          new Set(['live']),
        );
      }
    }
  }
});

test('a low battery is told when it begins: at 15 percent, or when the strap says so', () => {
  const monitor = new SignalMonitor();
  const told = (monotonicMs: number, news: { percent?: number; low?: boolean; strap?: string }) =>
    monitor.battery({ athlete: '7', strap: 'a09e1a000007', low: false, monotonicMs, ...news });
  assert.equal(told(0, { percent: 16 }), undefined);
  assert.deepEqual(told(1, { percent: 15 }), {
    athlete: '7',
    state: 'battery-low',
    monotonicMs: 1,
    sinceMs: 1,
    evidence: { percent: 15 },
  });
  assert.equal(told(2, { percent: 14 }), undefined, 'once');
  assert.equal(told(3, { percent: 18 }), undefined);
  assert.equal(told(4, { percent: 15 }), undefined, 'a little up and down is no crossing');
  assert.deepEqual(monitor.batteryOf('7'), { percent: 15, low: true });
  told(5, { percent: 90 });
  assert.deepEqual(monitor.batteryOf('7'), { percent: 90, low: false });
  assert.deepEqual(told(6, { low: true })?.evidence, {});
  assert.equal(told(7, { percent: 90 }), undefined, 'its own word stands until it says otherwise');
  assert.equal(monitor.batteryOf('7')?.low, true);
  told(8, { low: false });
  assert.equal(monitor.batteryOf('7')?.low, false);
  told(9, { percent: 5 });
  assert.equal(told(10, { percent: 5, strap: 'a09e1a000099' })?.state, 'battery-low', 'another strap, another battery');
  assert.equal(monitor.batteryOf('8'), undefined);
});

test('whatever happens, each event is a change, and all evidence is durations and counts', () => {
  const step = fc.record({
    what: fc.constantFrom('reading', 'subscribed', 'lost', 'adapter', 'wait'),
    bpm: fc.constantFrom(0, 197, 198, 199),
    rrMs: fc.constantFrom<number[]>([], [303.7109375], [304.6875]),
    contact: fc.constantFrom<Contact>('detected', 'lost', 'unsupported'),
    cause: fc.constantFrom('out-of-range', 'adapter-lost', 'other'),
    waitMs: fc.constantFrom(0, 400, 1_000, 60_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const monitor = new SignalMonitor();
      let monotonicMs = 0;
      let state: SignalEvent['state'] | undefined;
      for (const { what, bpm, rrMs, contact, cause, waitMs } of steps) {
        monotonicMs += waitMs;
        const at = monotonicMs / 1000;
        const events: SignalEvent[] = monitor.passed(monotonicMs);
        if (what === 'reading') events.push(...monitor.reading(reading(at, { bpm, rrMs, contact })));
        if (what === 'subscribed') events.push(...monitor.link(link(at, what)));
        if (what === 'lost') events.push(...monitor.link(link(at, what, { cause })));
        if (what === 'adapter') events.push(...monitor.adapter({ adapter: 'hci0', monotonicMs, state: 'lost' }));
        for (const event of events) {
          // With messages: to find out what an assertion says, Node parses its file, at each attempt to shrink.
          assert.ok(event.sinceMs <= event.monotonicMs && event.monotonicMs <= monotonicMs, 'in order');
          assert.ok(
            Object.values(event.evidence).every((value) => Number.isFinite(value) && value >= 0),
            'numbers',
          );
          assert.ok(
            Object.keys(event.evidence).every((key) => /Ms$|eadings$/.test(key)),
            'durations and counts',
          );
          state = event.state;
        }
        // Only a new link takes a state back without a word: it has yet to bring something.
        const now = monitor.stateOf('7');
        if (now === undefined) state = undefined;
        assert.equal(now, state);
      }
    }),
    { numRuns: 300 },
  );
});

test('a value that was frozen before a restart is frozen from its first reading after it, and live once it changes', () => {
  const past = Array.from({ length: 200 }, (_, second) => reading(second, { bpm: 80 }));
  for (const anotherBoot of [0, 50_000]) {
    const monitor = new SignalMonitor();
    const marked = monitor.resume(past, 230_000 - anotherBoot);
    assert.equal(marked.filter(({ isFrozen }) => isFrozen === true).length, 200 - RATE_FROZEN_MS / 1_000);
    assert.equal(monitor.stateOf('7'), undefined, 'nobody has a state before anything was heard');
    assert.deepEqual(brief(monitor.passed(240_000)), []);
    const at = (second: number) => second - anotherBoot / 1_000;
    monitor.link(link(at(231), 'subscribed'));
    assert.deepEqual(brief(monitor.reading(reading(at(240), { bpm: 80 }))), [`7 frozen at ${at(240)}`]);
    assert.deepEqual(brief(monitor.reading(reading(at(241), { bpm: 81 }))), [`7 live at ${at(241)}`]);
  }
});

test('a value that had not frozen before a restart begins anew after it', () => {
  const monitor = new SignalMonitor();
  const past = Array.from({ length: 179 }, (_, second) => reading(second, { bpm: 80 }));
  assert.ok(monitor.resume(past, 180_000).every(({ isFrozen }) => isFrozen === undefined));
  assert.deepEqual(brief(play(monitor, 181, 361, { bpm: 80 })), ['7 live at 181']);
  assert.deepEqual(brief(play(monitor, 361, 362, { bpm: 80 })), ['7 frozen at 361']);
});

test('a clock that was set back in the log makes no value frozen and none live', () => {
  const before = Array.from({ length: 200 }, (_, second) => reading(second, { bpm: 80 }));
  const after = Array.from({ length: 10 }, (_, second) => reading(second - 900_000, { bpm: 80 }));
  assert.equal(new SignalMonitor().resume([...before, ...after], 0).at(-1)?.isFrozen, true);
  assert.equal(new SignalMonitor().resume([...before.slice(0, 170), ...after], 0).at(-1)?.isFrozen, undefined);
});
