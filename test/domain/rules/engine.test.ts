import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../../../src/domain/alert.ts';
import { RuleEngine } from '../../../src/domain/rules/engine.ts';
import type { Rule } from '../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import type { SignalEvent } from '../../../src/domain/signal.ts';
import type { Recalled } from '../../../src/domain/timekeeper.ts';

const MINUTE = 60_000;
/** A full minute: 2023-11-14T22:13:00Z. */
const T0 = 1_699_999_980_000;
const WHO = { athlete: '7', rule: 'high' };

type Settings = Pick<Rule, 'severity' | 'shadow' | 'repeatMs' | 'estimated'>;

const high = (settings: Settings = {}): Rule => ({
  name: 'high',
  kind: 'sustained',
  parameters: { above: 150, for: 5_000, clear_below: 140, clear_for: 5_000 },
  ...settings,
});
const lost = (settings: Settings = {}): Rule => ({
  name: 'lost',
  kind: 'signal',
  parameters: { for: 10_000, clear_for: 5_000 },
  ...settings,
});

const AVERAGE: Rule = {
  name: 'average',
  kind: 'average',
  parameters: { window: MINUTE, above: 150, coverage: 0.5 },
};

const engineWith = (...rules: Rule[]) => new RuleEngine([{ id: '7', strap: { name: 'x' }, rules }]);

function sample(second: number, bpm: number): Sample {
  const timeMs = T0 + second * 1_000;
  return { athlete: '7', strap: 'a09e1a000007', timeMs, monotonicMs: timeMs, bpm, rrMs: [], contact: 'detected' };
}

function play(engine: RuleEngine, from: number, to: number, bpm: number): AlertEvent[] {
  return Array.from({ length: to - from }, (_, n) => engine.step(sample(from + n, bpm))).flat();
}

function signalIs(engine: RuleEngine, second: number, state: SignalEvent['state']): readonly AlertEvent[] {
  const timeMs = T0 + second * 1_000;
  return engine.signal({ athlete: '7', state, monotonicMs: timeMs, sinceMs: timeMs - 1_000, evidence: {} }, timeMs);
}

const brief = (events: readonly AlertEvent[]) =>
  events.map(({ rule, event, timeMs, severity }) => `${(timeMs - T0) / 1_000} s: ${rule} ${event}, ${severity}`);

test('an alert is as grave as its rule says, and a warning where it says nothing', () => {
  for (const [settings, severity] of [
    [{}, 'warning'],
    [{ severity: 'notice' }, 'notice'],
    [{ severity: 'critical' }, 'critical'],
  ] as const) {
    const engine = engineWith(high(settings));
    assert.deepEqual(play(engine, 0, 6, 160), [
      { ...WHO, event: 'raised', timeMs: T0 + 5_000, value: 160, above: 150, severity },
    ]);
    assert.deepEqual(engine.openAlertsOf('7'), [{ rule: 'high', severity, acknowledged: false }]);
    assert.deepEqual(play(engine, 6, 12, 130), [
      { ...WHO, event: 'cleared', timeMs: T0 + 11_000, value: 130, above: 150, severity, reason: 'within-limits' },
    ]);
  }
});

test('a lost signal is an alert after its time, and over when readings have come for a while', () => {
  const engine = engineWith(high(), lost());
  play(engine, 0, 10, 100);
  assert.deepEqual(brief(signalIs(engine, 10, 'link-lost')), []);
  assert.deepEqual(brief(engine.advance(T0 + 18_999)), []);
  assert.deepEqual(brief(engine.advance(T0 + 19_250)), ['19 s: lost raised, warning']);
  assert.deepEqual(brief(engine.advance(T0 + 3_600_000)), []);
  assert.deepEqual(brief(signalIs(engine, 40, 'live')), []);
  assert.deepEqual(brief(play(engine, 40, 47, 100)), ['45 s: lost cleared, warning']);
});

test('a signal that is lost while a limit is crossed is one degree graver', () => {
  for (const [severity, graver] of [
    ['notice', 'warning'],
    ['warning', 'critical'],
    ['critical', 'critical'],
  ] as const) {
    const engine = engineWith(lost({ severity }), high());
    play(engine, 0, 10, 160);
    signalIs(engine, 10, 'contact-lost');
    assert.deepEqual(brief(engine.advance(T0 + 20_000)), [`19 s: lost raised, ${graver}`]);
    assert.deepEqual(engine.openAlerts('7'), ['high', 'lost'], 'and the limit counts as crossed on');
  }
});

test('an alert for a lost signal becomes graver when a limit turns out to be crossed, and has to be noticed again', () => {
  const engine = engineWith(lost(), AVERAGE);
  play(engine, 0, 35, 170);
  play(engine, 35, 40, 140);
  signalIs(engine, 40, 'out-of-range');
  assert.deepEqual(brief(engine.advance(T0 + 50_000)), ['49 s: lost raised, warning']);
  engine.acknowledge({ athlete: '7', rule: 'lost' }, { by: 'AT', timeMs: T0 + 51_000 });
  const events = engine.advance(T0 + 60_000);
  assert.deepEqual(brief(events), ['60 s: average raised, warning', '60 s: lost escalated, critical']);
  assert.equal(events[1]?.reason, 'signal-lost');
  assert.deepEqual(
    engine.openAlertsOf('7').map(({ acknowledged }) => acknowledged),
    [false, false],
  );
  assert.deepEqual(engine.advance(T0 + 70_000), [], 'once');
});

test('a limit that only a rule on trial finds crossed makes nothing graver', () => {
  const engine = engineWith(lost(), high({ shadow: true }));
  play(engine, 0, 10, 160);
  signalIs(engine, 10, 'frozen');
  assert.deepEqual(brief(engine.advance(T0 + 20_000)), ['19 s: lost raised, warning']);
});

test('a rule on trial has its alerts recorded and none of them open', () => {
  const engine = engineWith(high({ shadow: true }));
  const events = [...play(engine, 0, 6, 160), ...play(engine, 6, 12, 130)];
  assert.deepEqual(
    events.map(({ event, shadow }) => [event, shadow]),
    [
      ['raised', true],
      ['cleared', true],
    ],
  );
  play(engine, 20, 30, 160);
  assert.deepEqual(engine.openAlerts('7'), []);
});

test('what rests on an estimated maximum says so in every event', () => {
  const engine = engineWith(high({ estimated: true }));
  const events = [...play(engine, 0, 6, 160), ...play(engine, 6, 12, 130)];
  assert.deepEqual(
    events.map(({ estimated }) => estimated),
    [true, true],
  );
});

test('alerts of a rule are no closer to each other than it says, and the next one comes when it may', () => {
  const engine = engineWith(high({ repeatMs: MINUTE }));
  const events = [...play(engine, 0, 10, 160), ...play(engine, 10, 20, 130), ...play(engine, 20, 100, 160)];
  assert.deepEqual(brief(events), [
    '5 s: high raised, warning',
    '15 s: high cleared, warning',
    '65 s: high raised, warning',
  ]);
});

test('an alert that is graver than the last one waits for no time between alerts', () => {
  const engine = engineWith(high(), lost({ repeatMs: 10 * MINUTE }));
  play(engine, 0, 10, 100);
  signalIs(engine, 10, 'contact-lost');
  assert.deepEqual(brief(engine.advance(T0 + 20_000)), ['19 s: lost raised, warning']);
  signalIs(engine, 30, 'live');
  assert.deepEqual(brief(play(engine, 30, 40, 100)), ['35 s: lost cleared, warning']);
  signalIs(engine, 40, 'contact-lost');
  assert.deepEqual(engine.advance(T0 + 60_000), [], 'one as grave does');
  signalIs(engine, 60, 'live');
  play(engine, 60, 70, 160);
  signalIs(engine, 70, 'contact-lost');
  assert.deepEqual(brief(engine.advance(T0 + 80_000)), ['79 s: lost raised, critical']);
  signalIs(engine, 90, 'live');
  play(engine, 90, 110, 160);
  signalIs(engine, 110, 'contact-lost');
  assert.deepEqual(engine.advance(T0 + 130_000), [], 'and so does another one of that');
});

test('an open alert can be taken notice of and made quiet, and stays open', () => {
  const engine = engineWith(high());
  assert.equal(engine.acknowledge(WHO, { by: 'AT', timeMs: T0 }), undefined, 'nothing is open yet');
  assert.equal(engine.snooze(WHO, { by: 'PT', forMs: MINUTE, timeMs: T0 }), undefined);
  play(engine, 0, 6, 160);
  const usual = { ...WHO, above: 150, severity: 'warning' };
  const seen = { acknowledgedBy: 'AT', note: 'is being watched' };
  const at = T0 + 7_000;
  assert.deepEqual(engine.acknowledge(WHO, { by: 'AT', note: seen.note, timeMs: at }), {
    ...usual,
    event: 'acknowledged',
    timeMs: at,
    ...seen,
  });
  assert.deepEqual(engine.snooze(WHO, { by: 'PT', forMs: MINUTE, timeMs: at }), {
    ...usual,
    event: 'snoozed',
    timeMs: at,
    ...seen,
    snoozedForMs: MINUTE,
    snoozedBy: 'PT',
  });
  assert.deepEqual(engine.openAlertsOf('7'), [
    { rule: 'high', severity: 'warning', acknowledged: true, ...seen, snoozedUntilMs: at + MINUTE, snoozedBy: 'PT' },
  ]);
  assert.equal(engine.acknowledge({ athlete: '8', rule: 'high' }, { by: 'AT', timeMs: at }), undefined);
  assert.deepEqual(brief(play(engine, 8, 20, 130)), ['13 s: high cleared, warning']);
  assert.deepEqual(engine.acknowledge(WHO, { by: 'AT', timeMs: at }), undefined);
  const [again] = play(engine, 30, 40, 160);
  assert.equal(again?.acknowledgedBy, undefined, 'the next alert is another one');
});

test('an alert that is open as its quiet ends alarms again, once', () => {
  const engine = engineWith(high());
  play(engine, 0, 6, 160);
  engine.acknowledge(WHO, { by: 'AT', timeMs: T0 + 6_000 });
  engine.snooze(WHO, { by: 'PT', forMs: MINUTE, timeMs: T0 + 6_000 });
  assert.deepEqual(engine.advance(T0 + 65_999), []);
  const [again, ...more] = engine.advance(T0 + 66_100);
  assert.deepEqual(again, {
    ...{ ...WHO, event: 'resumed', timeMs: T0 + 66_000, above: 150, severity: 'warning' },
    acknowledgedBy: 'AT',
  });
  assert.deepEqual([more, engine.advance(T0 + 200_000)], [[], []]);
  assert.deepEqual(engine.openAlertsOf('7'), [
    { rule: 'high', severity: 'warning', acknowledged: true, acknowledgedBy: 'AT' },
  ]);
});

test('quiet is of one alert: it ends with it, and with what makes it graver', () => {
  const engine = engineWith(high(), lost());
  play(engine, 0, 6, 160);
  engine.snooze(WHO, { by: 'PT', forMs: MINUTE, timeMs: T0 + 6_000 });
  assert.deepEqual(brief(play(engine, 6, 12, 130)), ['11 s: high cleared, warning']);
  assert.deepEqual(engine.advance(T0 + 100_000), []);
  const [raised] = play(engine, 110, 116, 160);
  assert.deepEqual([raised?.event, raised?.snoozedForMs, raised?.snoozedBy], ['raised', undefined, undefined]);

  const other = engineWith(lost(), AVERAGE);
  play(other, 0, 35, 170);
  play(other, 35, 40, 140);
  signalIs(other, 40, 'out-of-range');
  other.advance(T0 + 50_000);
  other.snooze({ athlete: '7', rule: 'lost' }, { by: 'PT', forMs: MINUTE, timeMs: T0 + 51_000 });
  const [, escalated] = other.advance(T0 + 60_000);
  assert.deepEqual(
    [escalated?.event, escalated?.snoozedForMs, escalated?.snoozedBy],
    ['escalated', undefined, undefined],
  );
  assert.deepEqual(other.advance(T0 + 200_000), []);
});

test('quiet that was over before a restart is over after it, and one from a time that has not come ends at once', () => {
  for (const nowMs of [T0 + 600_000, T0 - 3_600_000]) {
    const first = engineWith(high());
    play(first, 0, 6, 160);
    const last = first.snooze(WHO, { by: 'PT', forMs: MINUTE, timeMs: T0 + 6_000 });
    assert.ok(last !== undefined);
    const second = engineWith(high());
    second.resume({ openAlerts: [last], samples: [] }, { name: 'b', timeMs: nowMs, isTimeKnown: true });
    assert.deepEqual(
      second.advance(nowMs).map(({ event }) => event),
      ['resumed'],
    );
  }
});

test('alerts have names that no other run gives, the same in all their events', () => {
  const engine = engineWith(high());
  engine.resume({ openAlerts: [], samples: [] }, { name: 'k3f9-12', timeMs: T0, isTimeKnown: true });
  const events = [0, 20].flatMap((from) => [
    ...play(engine, from, from + 6, 160),
    ...play(engine, from + 6, from + 12, 130),
  ]);
  assert.deepEqual(
    events.map(({ event, alert }) => `${event} ${alert}`),
    ['raised k3f9-12-1', 'cleared k3f9-12-1', 'raised k3f9-12-2', 'cleared k3f9-12-2'],
  );
});

test('after a restart an alert is as grave, as noticed and as quiet as it was, under its own name', () => {
  const first = engineWith(high({ severity: 'critical' }));
  first.resume({ openAlerts: [], samples: [] }, { name: 'a', timeMs: T0, isTimeKnown: true });
  play(first, 0, 6, 160);
  first.acknowledge(WHO, { by: 'AT', note: 'seen', noteLeaves: true, timeMs: T0 + 6_000 });
  const last = first.snooze(WHO, { by: 'PT', forMs: MINUTE, timeMs: T0 + 6_000 });
  assert.ok(last !== undefined);
  // Stamped by a clock that is not right yet, and by one that was.
  for (const [mark, movedMs] of [
    [{ offsetMs: 0 }, 5_000],
    [{}, 0],
  ] as const) {
    const second = engineWith(high({ severity: 'notice' }));
    const recalled: readonly Recalled<AlertEvent>[] = [{ ...last, ...mark }];
    const run = { name: 'b', timeMs: T0 + 10_000, isTimeKnown: false };
    assert.deepEqual(second.resume({ openAlerts: recalled, samples: [] }, run), []);
    assert.deepEqual(second.openAlertsOf('7'), first.openAlertsOf('7'));
    second.shift(5_000);
    const [cleared] = play(second, 20, 30, 130);
    const { event, alert, severity, acknowledgedBy, note, noteLeaves, snoozedForMs } = cleared ?? {};
    assert.deepEqual([event, alert, severity, acknowledgedBy, note], ['cleared', 'a-1', 'critical', 'AT', 'seen']);
    assert.equal(noteLeaves, true);
    const untilMs = (cleared?.timeMs ?? 0) + (snoozedForMs ?? 0);
    assert.equal(untilMs, T0 + 66_000 + movedMs, 'the quiet moves with the clock where it was stamped by it');
  }
});

test('an alert from before a restart that seems to be of the future, as the clock was wrong, silences no later one', () => {
  for (const repeatMs of [undefined, MINUTE]) {
    const rule = high(repeatMs === undefined ? {} : { repeatMs });
    const openAlerts = play(engineWith(rule), 0, 6, 160);
    // The machine has lost an hour, and is told so after the restart.
    const engine = engineWith(rule);
    engine.resume({ openAlerts, samples: [] }, { name: 'b', timeMs: T0 - 3_600_000, isTimeKnown: false });
    assert.deepEqual(play(engine, -3_600, -3_580, 160), [], 'it is open already');
    engine.shift(3_600_000);
    assert.deepEqual(brief(play(engine, 20, 30, 130)), ['25 s: high cleared, warning']);
    // Raised at 5 s, as is known now.
    const againAt = repeatMs === undefined ? '35 s' : '65 s';
    assert.deepEqual(brief(play(engine, 30, 80, 160)), [`${againAt}: high raised, warning`]);
  }
});

test('the alert of a rule that is on trial now is over, and so is that of one that was', () => {
  const raised = { ...WHO, event: 'raised', timeMs: T0, value: 160, above: 150, alert: 'a-1' } as const;
  for (const [was, is] of [
    [undefined, true],
    [true, undefined],
  ] as const) {
    const engine = engineWith(high(is === undefined ? {} : { shadow: is }));
    const past = { ...raised, ...(was === undefined ? {} : { shadow: was }) };
    const unwatched = engine.resume({ openAlerts: [past], samples: [] });
    const { value: _, ...rest } = past;
    assert.deepEqual(engine.abandon(unwatched, T0 + 1), [
      { ...rest, event: 'cleared', timeMs: T0 + 1, reason: 'rule-gone' },
    ]);
    assert.equal(play(engine, 1, 10, 160)[0]?.event, 'raised');
  }
});

test('a restart in the middle of steady readings changes nothing on the way to an alert', () => {
  const rules: Rule[] = [
    high(),
    {
      name: 'slow',
      kind: 'recovery',
      parameters: { above: 150, effort_for: 10_000, fall: 30, within: 15_000, clear_for: 5_000 },
    },
    { name: 'load', kind: 'load', parameters: { above: 120, budget: 25_000, pause: 1_800_000 } },
    { name: 'rise', kind: 'change', parameters: { rise: 30, within: 20_000, clear_for: 5_000 } },
    { name: 'average', kind: 'average', parameters: { window: 30_000, slide: 5_000, above: 130, coverage: 0.5 } },
  ];
  const story = [...Array<number>(20).fill(100), ...Array<number>(20).fill(170), ...Array<number>(20).fill(148)];
  const samples = story.map((bpm, second) => sample(second, bpm));
  const whole = engineWith(...rules);
  const raised = (events: readonly AlertEvent[]) =>
    events.filter(({ event }) => event === 'raised').map(({ rule, timeMs }) => `${rule} at ${(timeMs - T0) / 1_000} s`);
  const expected = raised(samples.flatMap((each) => whole.step(each)));
  assert.equal(expected.length, rules.length, expected.join());
  for (let cut = 1; cut < samples.length; cut++) {
    const first = engineWith(...rules);
    const before = samples.slice(0, cut).flatMap((each) => first.step(each));
    const second = engineWith(...rules);
    const openAlerts = before.filter(({ event, rule }) => event === 'raised' && first.openAlerts('7').includes(rule));
    second.resume({ openAlerts, samples: samples.slice(0, cut) });
    const after = samples.slice(cut).flatMap((each) => second.step(each));
    assert.deepEqual(raised([...before, ...after]), expected, `cut after ${cut} s`);
  }
});

test('whoever was heard before a restart and is not after it has lost the signal, and graver while a limit is crossed', () => {
  const samplesOf = (bpm: number) => Array.from({ length: 10 }, (_, second) => sample(second, bpm));
  const raised = { ...WHO, event: 'raised', timeMs: T0 + 5_000, value: 160, above: 150 } as const;
  const restarted = (afterMs: number, openAlerts: AlertEvent[], samples = samplesOf(100)) => {
    const engine = engineWith(high(), lost());
    const timeMs = T0 + 9_000 + afterMs;
    engine.resume({ openAlerts, samples }, { name: 'b', timeMs, isTimeKnown: true });
    return {
      engine,
      alerts: brief(engine.advance(timeMs + 9_750)),
      later: () => brief(engine.advance(timeMs + 10_250)),
    };
  };
  const { alerts, later } = restarted(60_000, [raised]);
  assert.deepEqual([alerts, later()], [[], ['79 s: lost raised, critical']], 'counted from the restart');
  assert.deepEqual(restarted(60_000, []).later(), ['79 s: lost raised, warning']);
  assert.deepEqual(restarted(60_000, [], samplesOf(160)).later(), ['79 s: lost raised, critical'], 'and no alert yet');
  assert.deepEqual(restarted(3_600_000, []).later(), [], 'nobody is expected an hour later');
  const back = restarted(60_000, []);
  signalIs(back.engine, 70, 'live');
  assert.deepEqual(back.later(), [], 'a signal that comes back in time is none that was lost');
});

test('an athlete who is not in the team has no alerts and no signal', () => {
  const engine = engineWith(lost());
  assert.deepEqual(engine.signal({ athlete: '8', state: 'frozen', monotonicMs: 0, sinceMs: 0, evidence: {} }, T0), []);
  assert.deepEqual(engine.openAlerts('8'), []);
});
