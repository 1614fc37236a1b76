import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULE_KINDS, type Rule } from '../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { ruleOf, storyOf } from './plain/stories.ts';
import { type Step, told } from './plain/story.ts';

/** So many times an alert has to be open when the dropout comes, and so many stories are tried for that. */
const OPEN_ENOUGH = 25;
const SEEDS_MAX = 300;
const STEPS = 200;
const LOSSES = ['contact-lost', 'frozen', 'no-signal', 'out-of-range', 'adapter-lost', 'link-lost'] as const;

/** Each way in which an athlete's heart is not seen, second by second from this time on. */
const DROPOUTS: Readonly<Record<string, (t: number, sample: Sample) => Step[]>> = {
  silence: () => [],
  'readings without contact': (t, sample) => [reading({ ...sample, timeMs: t, contact: 'lost' })],
  'readings of 0 bpm': (t, { bpm: _, ...sample }) => [reading({ ...sample, timeMs: t })],
  'implausible readings': (t, sample) => [reading({ ...sample, timeMs: t, bpm: 241 })],
  'frozen readings': (t, sample) => [{ ...reading({ ...sample, timeMs: t, bpm: 95 }), isFrozen: true }],
  'contested readings': (t, sample) => [reading({ ...sample, timeMs: t, bpm: 95, contested: ['second-advertiser'] })],
  ...Object.fromEntries(
    LOSSES.map((state) => [
      `the signal is ${state}`,
      (t: number): Step[] => [{ type: 'signal', state, timeMs: t, sinceMs: t - 5_000 }],
    ]),
  ),
  'restarts without a reading': (t) => [{ type: 'restart', timeMs: t, isTimeKnown: true }],
  'restarts with a clock that has lost its time': (t) => [{ type: 'restart', timeMs: t - 1e9, isTimeKnown: false }],
};

function reading(sample: Sample): Step & { type: 'sample' } {
  return { type: 'sample', sample, isFrozen: false };
}

/** A window that good readings were in may still be judged when it ends. */
function judgedUntil({ parameters }: Rule, t: number): number {
  if (!('window' in parameters)) return t;
  const { window: length, slide = length } = parameters;
  return Math.floor(t / slide) * slide + slide;
}

/** Where the dropout begins: after these steps, the last good reading being this one. */
interface Cut {
  readonly before: readonly Step[];
  readonly last: Sample;
}

/** Every so often in the story. One whose clock has just been moved has no end to go on from. */
function cutsOf(story: readonly Step[]): Cut[] {
  return Array.from({ length: STEPS / 15 }, (_, n) => story.slice(0, 20 + n * 15)).flatMap((before) => {
    const last = before.findLast((step) => step.type === 'sample')?.sample;
    const newest = before.findLastIndex(({ type }) => type === 'sample' || type === 'time');
    return last === undefined || before.slice(newest).some(({ type }) => type === 'shift') ? [] : [{ before, last }];
  });
}

function withDropout({ before, last }: Cut, dropout: (t: number, sample: Sample) => Step[]): Step[] {
  const after = Array.from({ length: 120 }, (_, second): Step[] => {
    const t = last.timeMs + (second + 1) * 1_000;
    return [...dropout(t, last), { type: 'time', timeMs: t }];
  });
  return [...before, ...after.flat(), { type: 'time', timeMs: last.timeMs + 20 * 3_600_000 }];
}

for (const kind of Object.keys(RULE_KINDS) as Rule['kind'][]) {
  test(`no dropout clears an alert of kind ${kind}, whatever state it comes in`, () => {
    let open = 0;
    for (let seed = 1; seed <= SEEDS_MAX && open < OPEN_ENOUGH; seed++) {
      const rule = ruleOf(kind, seed);
      for (const cut of cutsOf(storyOf(seed, STEPS, 3_600_000).slice(0, STEPS))) {
        const events = told(rule, cut.before);
        if (events.at(-1)?.event === 'raised') open += 1;
        for (const [name, dropout] of Object.entries(DROPOUTS)) {
          const during = told(rule, withDropout(cut, dropout)).slice(events.length);
          const cleared = during.filter(({ event }) => event === 'cleared').map(({ timeMs }) => timeMs);
          const late = cleared.filter((timeMs) => timeMs > judgedUntil(rule, cut.last.timeMs));
          assert.deepEqual(
            late,
            [],
            `${name}, seed ${seed}, after ${cut.before.length} steps: ${JSON.stringify(rule)}`,
          );
        }
      }
    }
    assert.ok(open >= OPEN_ENOUGH, `an alert was open in only ${open} of them`);
  });
}
