import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { distinct, recordsOf } from '../fixtures/received.ts';
import { Scene } from '../fixtures/scene.ts';
import { sideline } from '../fixtures/sideline-process.ts';
import { recordingPath, requires } from '../requirements.ts';

const ATHLETES = `
defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 105 }
    low-average: { kind: average, window: 60s, below: 74.5 }
athletes:
  - id: "7"
    name: Canary Nightingale
    strap: { address: "a0:9e:1a:00:00:07" }
`;

/** The product's way of a recording, worked out here from the file alone, in a few plain lines. */
function expected(path: string) {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/);
  const rr = lines
    .slice(lines.indexOf('[HRData]') + 1)
    .filter((line) => line !== '')
    .map(Number);
  const startMs = Date.UTC(2008, 1, 8, 8, 50, 31);
  const samples: { t: number; bpm: number; rr: number[] }[] = [];
  let ended = 0;
  for (const interval of rr) {
    ended += interval;
    const t = startMs + Math.ceil(ended / 1000) * 1000;
    const last = samples.at(-1);
    if (last?.t === t) last.rr.push(interval);
    else {
      for (let gap = (last?.t ?? t) + 1000; gap < t; gap += 1000) samples.push({ t: gap, bpm: 0, rr: [] });
      samples.push({ t, bpm: 0, rr: [interval] });
    }
  }
  let rate = 0;
  for (const sample of samples) {
    const { rr: beats } = sample;
    if (beats.length > 0) rate = Math.round(60_000 / (beats.reduce((a, b) => a + b) / beats.length));
    sample.bpm = rate;
  }
  const minutes = new Map<number, number[]>();
  for (const { t, bpm } of samples) {
    const end = Math.floor(t / 60_000) * 60_000 + 60_000;
    minutes.set(end, [...(minutes.get(end) ?? []), bpm]);
  }
  const alerts: string[] = [];
  const open = { high: false, low: false };
  for (const [end, rates] of minutes) {
    if (rates.length < 30) continue;
    const value = rates.reduce((a, b) => a + b) / rates.length;
    for (const [rule, beyond] of [
      ['high', value > 105],
      ['low', value < 74.5],
    ] as const) {
      if (beyond !== open[rule])
        alerts.push(`${new Date(end).toISOString()} ${rule}-average ${beyond ? 'raised' : 'cleared'} ${value}`);
      open[rule] = beyond;
    }
  }
  return { rr, samples, alerts };
}

test(
  'a recorded heart arrives whole: through noble, decoder, rules, store and broker',
  requires('mosquitto', 'recordings'),
  () =>
    Scene.with(async (scene) => {
      const recording = recordingPath('exercise_rri.hrm');
      const athletes = await scene.file('athletes.yaml', ATHLETES);
      const { rr, samples, alerts } = expected(recording);

      const gateway = scene.simulate('--athletes', athletes, '--recording', recording, '--speed', '1000');
      const { code, stderr } = await gateway.ended();
      assert.equal(code, 0, stderr);
      const ofKind = (kind: string) => recordsOf(scene.subscriber.messages).filter((record) => record.kind === kind);
      await scene.subscriber.waitFor(
        () => ofKind('samples').length >= samples.length && ofKind('alerts').length >= alerts.length,
      );

      const received = ofKind('samples');
      assert.equal(distinct(received).length, received.length, 'every sample exactly once');
      assert.deepEqual(
        received.map(({ body }) => ({
          t: body['t'],
          bpm: body['bpm'],
          beats: ((body['rr'] ?? []) as number[]).length,
        })),
        samples.map(({ t, bpm, rr: beats }) => ({ t, bpm, beats: beats.length })),
      );
      // Each interval was rounded to 1/1024 s on its way over the air and to 0.01 ms in the message.
      const roundingMs = 1000 / 1024 / 2 + 0.005;
      const arrived = received.flatMap(({ body }) => (body['rr'] ?? []) as number[]);
      assert.equal(arrived.length, rr.length);
      for (const [i, interval] of rr.entries()) assert.ok(Math.abs((arrived[i] ?? 0) - interval) <= roundingMs + 1e-9);
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum(arrived) - sum(rr)) <= rr.length * roundingMs);

      const live = ofKind('alerts').map(
        ({ body }) =>
          `${new Date(body['t'] as number).toISOString()} ${body['rule']} ${body['event']} ${body['value']}`,
      );
      const rehearsed = await sideline('rehearse', '--athletes', athletes, '--recording', recording, '--athlete', '7');
      assert.equal(rehearsed.code, 0, rehearsed.stderr);
      const rehearsal = rehearsed.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .map(({ at, rule, event, value }) => `${at} ${rule} ${event} ${value}`);
      assert.ok(alerts.length >= 6 && alerts.some((alert) => alert.includes('low-average raised')), alerts.join('\n'));
      assert.deepEqual(rehearsal, alerts, 'the rehearsal is what the file says');
      assert.deepEqual(live, alerts, 'the gateway is what the file says');
      // The recording ends before the run: a silence begins with its last reading, and there is no other gap.
      assert.deepEqual(
        ofKind('gaps').map(({ body: { seq: _, ...gap } }) => gap),
        [{ athlete: '7', from: samples.at(-1)?.t, cause: 'no-signal' }],
      );

      const leaked = [...scene.subscriber.messages.map(({ payload }) => String(payload)), stderr].filter((text) =>
        /canary|nightingale/i.test(text),
      );
      assert.deepEqual(leaked, [], 'the name stays on the gateway');
    }),
);
