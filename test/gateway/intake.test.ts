import assert from 'node:assert/strict';
import test from 'node:test';
import { Random } from '../../simulator/random.ts';
import { rehearse } from '../../src/domain/recording/rehearse.ts';
import type { Rule } from '../../src/domain/rules/kinds.ts';
import type { SourceEvent } from '../../src/ports.ts';
import { simulatedHeart } from '../fixtures/hearts.ts';
import { measurement, running, T0, TEAM } from './ingest-rig.ts';

type Link = SourceEvent & { readonly type: 'link' };

const OF_STRAP = { athlete: '7', strap: 'a09e1a000007' } as const;

const link = (monotonicMs: number, state: Link['state'], cause?: Link['cause']): Link => ({
  type: 'link',
  ...OF_STRAP,
  monotonicMs,
  adapter: 'hci0',
  state,
  ...(cause === undefined ? {} : { cause }),
});

/** One reading a second of a heart that beats, by either way. */
async function wear(t: ReturnType<typeof running>, bpm: number, seconds: number, way: 'link' | 'broadcast' = 'link') {
  for (let s = 0; s < seconds; s++) {
    const event = measurement('7', t.clock.monotonicMs(), bpm);
    t.ingest.offer({ ...event, way, measurement: { ...event.measurement, rrMs: [60_000 / bpm + (s % 7)] } });
    await t.clock.advanceBy(1_000);
  }
}

test('why a signal was lost is told once, shown, and the cause of the gap that follows', async () => {
  for (const cause of ['out-of-range', 'adapter-lost'] as const) {
    const t = running();
    t.ingest.offer(link(0, 'subscribed'));
    await t.play('7', 70, 3);
    t.ingest.offer(link(t.clock.monotonicMs(), 'lost', cause));
    await t.clock.advanceBy(20_000);
    assert.equal(t.roster.status()[0]?.signal, cause);
    assert.equal(t.roster.status()[0]?.bpm, undefined);
    t.ingest.offer(link(t.clock.monotonicMs(), 'connecting'));
    await t.clock.advanceBy(1_000);
    assert.equal(t.roster.status()[0]?.signal, 'connecting');
    t.ingest.offer(link(t.clock.monotonicMs(), 'subscribed'));
    await t.clock.advanceBy(1_000);
    assert.equal(t.roster.status()[0]?.signal, 'subscribed');
    await t.play('7', 70, 1);
    assert.equal(t.roster.status()[0]?.signal, 'live');
    await t.end();
    assert.deepEqual(
      t.store.gaps.map((gap) => 'cause' in gap && gap.cause),
      [cause, cause],
    );
    assert.deepEqual(
      t.telemetry.events.map(({ event }) => event).filter((event) => event.startsWith('signal.')),
      ['signal.live', `signal.${cause}`, 'signal.live'],
    );
  }
});

test('how well a strap is heard stays known with its time, and goes with the adapter that heard it', async () => {
  const t = running();
  const known = () => {
    const { adapter, reception } = t.roster.status()[0] ?? {};
    return [adapter, reception];
  };
  assert.deepEqual(known(), [undefined, undefined]);
  const heard = { adapter: 'hci0', rssi: -71, heardMs: 0 };
  t.ingest.offer({ ...link(0, 'connecting'), reception: heard });
  t.ingest.offer(link(0, 'subscribed'));
  await t.play('7', 70, 2);
  assert.deepEqual(known(), ['hci0', heard]);
  const now = { ...heard, rssi: -64, heardMs: t.clock.monotonicMs() };
  t.ingest.offer({ ...measurement('7', t.clock.monotonicMs(), 70), way: 'broadcast', reception: now });
  await t.clock.advanceBy(1_000);
  assert.deepEqual(known(), ['hci0', now]);
  t.ingest.offer({ ...link(t.clock.monotonicMs(), 'connecting'), adapter: 'hci1' });
  await t.clock.advanceBy(1_000);
  assert.deepEqual(known(), ['hci1', undefined], 'what hci0 heard says nothing of hci1');
  await t.end();
});

test('an adapter that goes takes its athletes’ signals with it, also where the links are not told of', async () => {
  const t = running();
  t.ingest.offer({ type: 'adapter', adapter: 'hci0', monotonicMs: 0, state: 'ready' });
  t.ingest.offer(link(0, 'subscribed'));
  await t.play('7', 70, 3);
  t.ingest.offer({ type: 'adapter', adapter: 'hci0', monotonicMs: t.clock.monotonicMs(), state: 'lost', reason: 'x' });
  await t.clock.advanceBy(1_000);
  assert.equal(t.roster.status()[0]?.signal, 'adapter-lost');
  assert.equal(t.telemetry.named('radio.adapter-lost').length, 1);
  assert.equal(t.telemetry.named('signal.adapter-lost').length, 1);
  await t.clock.advanceBy(10_000);
  await t.end();
  assert.deepEqual(t.store.gaps, [{ athlete: '7', fromMs: T0 + 2_000, cause: 'adapter-lost' }]);
});

test('lost contact, silence and a frozen value are told with their evidence and without a heart rate', async () => {
  const t = running();
  const sent = (bpm: number, more: object) => {
    const event = measurement('7', t.clock.monotonicMs(), bpm);
    t.ingest.offer({ ...event, measurement: { ...event.measurement, rrMs: [], ...more } });
  };
  for (let s = 0; s < 200; s++) {
    sent(177, {});
    await t.clock.advanceBy(1_000);
  }
  assert.equal(t.roster.status()[0]?.signal, 'frozen');
  for (let s = 0; s < 10; s++) {
    sent(0, { contact: 'lost' });
    await t.clock.advanceBy(1_000);
  }
  assert.equal(t.roster.status()[0]?.signal, 'contact-lost');
  await t.clock.advanceBy(10_000);
  assert.equal(t.roster.status()[0]?.signal, 'no-signal');
  await t.end();
  const told = t.telemetry.events.filter(({ event }) => event.startsWith('signal.'));
  assert.deepEqual(told, [
    { event: 'signal.live', athlete: '7', evidence: { silentMs: 0 } },
    { event: 'signal.frozen', athlete: '7', evidence: { unchangedMs: 180_000, readings: 181, rrReadings: 0 } },
    { event: 'signal.contact-lost', athlete: '7', evidence: { withoutRateMs: 3_000, readings: 4 } },
    { event: 'signal.no-signal', athlete: '7', evidence: { silentMs: 5_250 } },
  ]);
  assert.ok(!/177/.test(JSON.stringify(t.telemetry.events)));
});

test('a signal that goes while a limit is crossed is an alert of its own, one degree graver, until it has come back', async () => {
  const [athlete] = TEAM;
  assert.ok(athlete !== undefined);
  const lost = { name: 'lost', kind: 'signal', parameters: { for: 10_000, clear_for: 5_000 } } as const;
  const t = running({}, { team: [{ ...athlete, rules: [...athlete.rules, lost] }] });
  const alerts = () => t.alarms.map(({ rule, event, severity }) => `${rule} ${event}, ${severity}`);
  t.ingest.offer(link(0, 'subscribed'));
  await wear(t, 130, 62);
  t.ingest.offer(link(t.clock.monotonicMs(), 'lost', 'out-of-range'));
  await t.clock.advanceBy(8_000);
  assert.deepEqual(alerts(), ['high raised, warning']);
  await t.clock.advanceBy(300_000);
  assert.deepEqual(alerts(), ['high raised, warning', 'lost raised, critical']);
  assert.equal(t.alarms[1]?.timeMs, T0 + 71_000, 'so long after the last reading');
  t.ingest.offer(link(t.clock.monotonicMs(), 'subscribed'));
  await t.clock.advanceBy(1_000);
  assert.equal(alerts().length, 2, 'a link is no reading yet');
  await wear(t, 130, 7);
  assert.deepEqual(alerts().slice(2), ['lost cleared, critical']);
  assert.deepEqual(t.engine.openAlerts('7'), ['high']);
  await t.end();
});

test('no loss of the signal clears an open alert', async () => {
  const t = running();
  t.ingest.offer(link(0, 'subscribed'));
  await t.play('7', 130, 61);
  assert.deepEqual(t.engine.openAlerts('7'), ['high']);
  const lose: (() => void)[] = [
    () => t.ingest.offer(link(t.clock.monotonicMs(), 'lost', 'out-of-range')),
    () => t.ingest.offer(link(t.clock.monotonicMs(), 'subscribed')),
    () => t.ingest.offer({ type: 'adapter', adapter: 'hci0', monotonicMs: t.clock.monotonicMs(), state: 'lost' }),
    () => t.beat('7', 0),
    () => t.ingest.offer({ type: 'battery', ...OF_STRAP, monotonicMs: t.clock.monotonicMs(), percent: 3, low: true }),
  ];
  for (const one of lose) {
    one();
    await t.clock.advanceBy(150_000);
    assert.deepEqual(t.engine.openAlerts('7'), ['high']);
  }
  assert.deepEqual(
    t.alarms.map(({ event }) => event),
    ['raised'],
  );
  await t.end();
});

test('a low battery is told once and shown', async () => {
  const t = running();
  const battery = (percent: number) =>
    t.ingest.offer({ type: 'battery', ...OF_STRAP, monotonicMs: 0, percent, low: percent <= 15 });
  for (const percent of [40, 14, 14, 13]) battery(percent);
  await t.clock.advanceBy(300);
  assert.deepEqual(t.telemetry.named('strap.battery-low'), [{ event: 'strap.battery-low', ...OF_STRAP, percent: 14 }]);
  assert.deepEqual(
    t.roster.status().map(({ battery }) => battery),
    [{ percent: 13, low: true }, undefined],
  );
  await t.end();
});

test('what straps tell of themselves, and strangers, are told on', async () => {
  const t = running();
  t.ingest.offer({ type: 'device', ...OF_STRAP, monotonicMs: 0, manufacturer: 'Polar', model: 'H10' });
  t.ingest.offer({ type: 'stranger', strap: 'a09e1a000099', monotonicMs: 0, rssi: -71 });
  t.ingest.offer({
    type: 'conflict',
    ...OF_STRAP,
    monotonicMs: 0,
    conflict: 'two-straps-one-athlete',
    other: 'a09e1a000099',
  });
  await t.play('7', 120, 1);
  await t.end();
  assert.deepEqual(
    t.telemetry.events.filter(({ event }) => event.startsWith('strap.')),
    [
      { event: 'strap.device', ...OF_STRAP, manufacturer: 'Polar', model: 'H10' },
      { event: 'strap.stranger', strap: 'a09e1a000099', rssi: -71 },
      { event: 'strap.conflict', ...OF_STRAP, conflict: 'two-straps-one-athlete', other: 'a09e1a000099' },
    ],
  );
  const [sample] = t.store.samples;
  assert.ok(sample !== undefined && !('contested' in sample) && !('way' in sample));
});

test('a doubted identity contests the readings, which are stored, shown and held against the rules all the same', async () => {
  const t = running();
  t.ingest.offer(link(0, 'subscribed'));
  await wear(t, 130, 2);
  t.ingest.offer({ type: 'conflict', ...OF_STRAP, monotonicMs: t.clock.monotonicMs(), conflict: 'second-advertiser' });
  await wear(t, 130, 60);
  assert.deepEqual(t.roster.status()[0]?.contested, ['second-advertiser']);
  assert.deepEqual(t.telemetry.named('strap.contested'), [
    { event: 'strap.contested', ...OF_STRAP, reason: 'second-advertiser' },
  ]);
  assert.equal(t.telemetry.named('strap.conflict').length, 1);
  assert.deepEqual(
    t.alarms.map(({ event }) => event),
    ['raised'],
  );
  await wear(t, 80, 180);
  assert.deepEqual(
    t.alarms.map(({ event }) => event),
    ['raised'],
    'whoever sends 80 bpm may be the impostor',
  );
  await t.end();
  const contested = t.store.samples.map((sample) => sample.contested?.join());
  assert.deepEqual(contested.slice(0, 3), [undefined, undefined, 'second-advertiser']);
  assert.ok(contested.slice(2).every((reasons) => reasons?.includes('second-advertiser')));
});

test('a value that has frozen within its limit clears no alert, and one that moves again does', async () => {
  const t = running();
  t.ingest.offer(link(0, 'subscribed'));
  await wear(t, 130, 61);
  const states = () => t.alarms.map(({ event }) => event);
  assert.deepEqual(states(), ['raised']);
  // The same rate and the same beats, again and again: the strap lies on the bench, and its firmware goes on.
  for (let s = 0; s < 240; s++) {
    const event = measurement('7', t.clock.monotonicMs(), 80);
    t.ingest.offer({ ...event, measurement: { ...event.measurement, rrMs: [750] } });
    await t.clock.advanceBy(1_000);
  }
  assert.equal(t.roster.status()[0]?.signal, 'frozen');
  assert.deepEqual(states(), ['raised'], 'a frozen value is no recovery');
  await wear(t, 80, 130);
  assert.deepEqual(states(), ['raised', 'cleared']);
  await t.end();
});

test('a broadcast is stored as one, held against the rules, and needs no link', async () => {
  const t = running();
  await wear(t, 130, 61, 'broadcast');
  const [status] = t.roster.status();
  assert.deepEqual([status?.signal, status?.bpm, status?.way], ['live', 130, 'broadcast']);
  assert.equal(t.alarms.length, 1);
  await t.end();
  assert.ok(t.store.samples.every(({ way }) => way === 'broadcast'));
});

test('a broadcast without contact is no heart rate, as a notification without it is none', async () => {
  const t = running();
  for (let s = 0; s < 61; s++) {
    const event = measurement('7', t.clock.monotonicMs(), 130);
    t.ingest.offer({ ...event, way: 'broadcast', measurement: { ...event.measurement, contact: 'lost' } });
    await t.clock.advanceBy(1_000);
  }
  assert.deepEqual([t.roster.status()[0]?.signal, t.alarms.length], ['contact-lost', 0]);
  await t.end();
  assert.equal(t.store.samples.length, 61);
});

test('readings that the radio could not keep are in the ledger with their number', async () => {
  const t = running();
  await t.clock.advanceBy(60_000);
  t.ingest.offer({ type: 'dropped', ...OF_STRAP, fromMonotonicMs: 10_000, monotonicMs: 50_000, count: 40 });
  await t.end();
  assert.deepEqual(t.store.gaps, [
    { athlete: '7', fromMs: T0 + 10_000, toMs: T0 + 50_000, cause: 'radio-dropped', count: 40 },
  ]);
});

test('a full queue misses no doubt and no loss, and drops what straps tell again', async () => {
  const t = running({ ingestQueue: 1 });
  t.beat('7', 120);
  const at = { ...OF_STRAP, monotonicMs: 0 };
  for (let i = 0; i < 1_000; i++)
    t.ingest.offer({ type: 'stranger', strap: 'a09e1a000099', monotonicMs: 0, rssi: -71 });
  t.ingest.offer({ type: 'battery', ...at, percent: 3, low: true });
  t.ingest.offer({ type: 'device', ...at, model: 'H10' });
  t.ingest.offer({ type: 'conflict', ...at, conflict: 'gatt-table-changed' });
  t.ingest.offer({ type: 'dropped', ...at, fromMonotonicMs: 0, count: 2 });
  await t.end();
  assert.deepEqual(
    t.telemetry.events.map(({ event }) => event),
    ['signal.live', 'strap.conflict', 'gap.recorded'],
  );
});

test('a reading that is a moment on its way counts for the window in which it was measured', async () => {
  const t = running();
  // Half a minute less a second: too little to be judged.
  for (let s = 30; s < 59; s++) {
    await t.clock.advanceTo(s * 1_000);
    t.ingest.offer(measurement('7', s * 1_000, 130));
  }
  await t.clock.advanceTo(60_010);
  t.beat('8', 70);
  await t.clock.advanceTo(60_200);
  t.ingest.offer(measurement('7', 59_990, 130));
  await t.clock.advanceTo(60_500);
  assert.deepEqual(
    t.alarms.map(({ timeMs, value }) => [timeMs, value]),
    [[T0 + 60_000, 130]],
  );
  await t.end();
  assert.equal(t.store.samples.at(-1)?.timeMs, T0 + 59_990);
});

test('a silence is not one while its reading is on its way', async () => {
  const t = running();
  t.beat('7', 120);
  await t.clock.advanceTo(5_010);
  t.beat('8', 70);
  await t.clock.advanceTo(5_200);
  t.ingest.offer(measurement('7', 4_990, 120));
  await t.clock.advanceTo(6_000);
  await t.end();
  assert.deepEqual(t.store.gaps, []);
  assert.deepEqual(t.telemetry.named('signal.no-signal'), []);
});

test('readings that a worker kept for a while are no silence while they are caught up with', async () => {
  const t = running();
  await t.clock.advanceTo(60_000);
  // Forty seconds of them, in portions, each of which is taken before the next one comes.
  for (let s = 20; s < 60; s++) {
    t.ingest.offer(measurement('7', s * 1_000, 110 + (s % 5)));
    await t.clock.advanceBy(s % 10 === 0 ? 100 : 0);
  }
  await t.clock.advanceTo(60_900);
  assert.equal(t.roster.status()[0]?.signal, 'live');
  await t.clock.advanceTo(70_000);
  await t.end();
  assert.deepEqual(t.store.gaps, [{ athlete: '7', fromMs: T0 + 59_000, cause: 'no-signal' }]);
  assert.deepEqual(
    t.telemetry.events.map(({ event }) => event).filter((event) => event.startsWith('signal.')),
    ['signal.live', 'signal.no-signal'],
  );
});

test('readings that arrive up to 200 ms late give the alerts of a rehearsal, for hearts of many seeds', async () => {
  const [athlete] = TEAM;
  assert.ok(athlete !== undefined);
  let alerts = 0;
  for (let seed = 0; seed < 8; seed++) {
    const random = new Random(seed);
    // Just before each full second, so that a minute's last reading arrives when the minute is over.
    const heart = simulatedHeart(seed, 1_000).map((each) => ({
      ...each,
      timeMs: each.timeMs - random.between(1, 190),
    }));
    const t = running();
    for (const { bpm = 0, rrMs, timeMs } of heart) {
      // There is always something else to do at that moment.
      await t.clock.advanceTo(Math.ceil(timeMs / 1_000) * 1_000);
      t.beat('8', 70);
      await t.clock.advanceTo(Math.max(t.clock.monotonicMs(), timeMs + 200));
      const event = measurement('7', timeMs, bpm);
      t.ingest.offer({ ...event, measurement: { ...event.measurement, rrMs } });
    }
    await t.clock.advanceBy(61_000);
    await t.end();
    const measurements = heart.map(({ bpm = 0, rrMs, timeMs }) => ({ bpm, rrMs, timeMs: Math.round(timeMs + T0) }));
    assert.deepEqual(t.alarms, rehearse(athlete, { measurements }), `seed ${seed}`);
    alerts += t.alarms.length;
  }
  assert.ok(alerts >= 8, `${alerts} alerts`);
});

test('a rehearsal of rules of every kind gives the alerts of the gateway, dropouts and all', async () => {
  const [athlete] = TEAM;
  assert.ok(athlete !== undefined);
  const rules: readonly Rule[] = [
    {
      name: 'r',
      kind: 'average',
      parameters: { window: 60_000, slide: 5_000, above: 120, clear_below: 110, coverage: 0.5 },
    },
    { name: 'r', kind: 'sustained', parameters: { above: 120, for: 10_000, clear_for: 10_000 } },
    { name: 'r', kind: 'change', parameters: { rise: 15, fall: 15, within: 30_000, clear_for: 10_000 } },
    {
      name: 'r',
      kind: 'recovery',
      parameters: { above: 110, effort_for: 10_000, fall: 15, within: 15_000, clear_for: 5_000 },
    },
    { name: 'r', kind: 'load', parameters: { above: 110, budget: 60_000, pause: 7_200_000 } },
    { name: 'r', kind: 'variability', parameters: { window: 30_000, below: 20, coverage: 0.3, valid: 0.5 } },
    { name: 'r', kind: 'signal', parameters: { for: 10_000, clear_for: 5_000 } },
    {
      name: 'r',
      kind: 'return-to-play',
      parameters: { stage: 1, stage_1: 115, set_by: 'A', set_on: '2026-01-31', for: 10_000, clear_for: 10_000 },
    },
  ];
  const silent = new Set<string>();
  for (const rule of rules) {
    let alerts = 0;
    for (let seed = 0; seed < 6; seed++) {
      const random = new Random(seed);
      const beats = simulatedHeart(seed, 1_500).filter(() => random.uniform() < 0.95);
      const at = (ms: number) => beats.findIndex(({ timeMs }) => timeMs >= ms);
      // Half a minute without anything, and one of 0 bpm.
      const heart = [...beats.slice(0, at(120_000)), ...beats.slice(at(150_000))].map((each) =>
        each.timeMs > 240_000 && each.timeMs < 300_000 ? { ...each, bpm: 0 } : each,
      );
      const t = running({}, { team: [{ ...athlete, rules: [rule] }] });
      for (const { bpm = 0, rrMs, timeMs } of heart) {
        await t.clock.advanceTo(timeMs);
        const event = measurement('7', timeMs, bpm);
        t.ingest.offer({ ...event, measurement: { ...event.measurement, rrMs } });
      }
      await t.clock.advanceBy(rule.kind === 'signal' ? 4_000 : 61_000);
      await t.end();
      const measurements = heart.map(({ bpm = 0, rrMs, timeMs }) => ({ bpm, rrMs, timeMs: timeMs + T0 }));
      const rehearsed = rehearse({ ...athlete, rules: [rule] }, { measurements });
      assert.deepEqual(t.alarms, rehearsed, `${rule.kind}, seed ${seed}`);
      alerts += rehearsed.length;
    }
    if (alerts === 0) silent.add(rule.kind);
  }
  assert.deepEqual([...silent], []);
});
