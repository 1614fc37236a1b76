/** How many samples a second the rules take, what they leave for the collector, and whether memory grows over a season. */
import { RuleEngine } from '../../../src/domain/rules/engine.ts';
import { RULE_KINDS, type Rule } from '../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { collectGarbage } from '../../fixtures/collect-garbage.ts';
import { simulatedHeart } from '../../fixtures/hearts.ts';

const ATHLETES = 50;
const RULES = 8;
const T0 = Date.UTC(2026, 7, 1, 15);

/** One reading a second of each athlete for this long is made once and played again and again, later each time. */
const MINUTES = 30;

type Make = (n: number) => Rule;

const AVERAGE: Make = (n) => ({
  name: `average-${n}`,
  kind: 'average',
  parameters: { window: 60_000, coverage: 0.5, ...(n % 2 === 0 ? { above: 150 + n } : { below: 45 + n }) },
});
const SUSTAINED: Make = (n) => ({
  name: `sustained-${n}`,
  kind: 'sustained',
  parameters: { above: 150 + n, for: 30_000, clear_below: 140, clear_for: 10_000 },
});

/** As many of each as come to eight. */
export function usualRules(): Rule[] {
  return Array.from({ length: RULES }, (_, n) => (n < RULES / 2 ? AVERAGE(n) : SUSTAINED(n)));
}

/** One of each kind. */
export function allKinds(): Rule[] {
  const rules: Rule[] = [
    {
      name: 'sliding',
      kind: 'average',
      parameters: { window: 60_000, slide: 5_000, above: 160, clear_below: 150, coverage: 0.5 },
    },
    SUSTAINED(0),
    { name: 'change', kind: 'change', parameters: { rise: 40, fall: 40, within: 60_000, clear_for: 30_000 } },
    {
      name: 'recovery',
      kind: 'recovery',
      parameters: { above: 140, effort_for: 60_000, fall: 20, within: 60_000, clear_for: 10_000 },
    },
    { name: 'load', kind: 'load', parameters: { above: 150, budget: 1_200_000, pause: 7_200_000 } },
    {
      name: 'variability',
      kind: 'variability',
      parameters: { window: 60_000, slide: 10_000, below: 5, coverage: 0.5, valid: 0.8 },
    },
    { name: 'signal', kind: 'signal', parameters: { for: 30_000, clear_for: 5_000 } },
    {
      name: 'stages',
      kind: 'return-to-play',
      parameters: { stage: 1, stage_1: 150, set_by: 'A', set_on: '2026-01-31', for: 10_000, clear_for: 30_000 },
    },
  ];
  if (new Set(rules.map(({ kind }) => kind)).size !== Object.keys(RULE_KINDS).length)
    throw new Error('a kind is missing');
  return rules;
}

/** Plays what a team sends, again and again, each time later. */
class Match {
  readonly #engine: RuleEngine;
  readonly #samples: readonly Sample[];
  #laterMs = 0;

  constructor(rules: readonly Rule[]) {
    const ids = Array.from({ length: ATHLETES }, (_, n) => String(n + 1));
    this.#engine = new RuleEngine(ids.map((id) => ({ id, strap: { name: id }, rules })));
    const hearts = ids.map((athlete, seed) =>
      simulatedHeart(seed, 200 * MINUTES)
        .slice(0, 60 * MINUTES)
        .map((sample, second) => ({ ...sample, athlete, timeMs: T0 + second * 1_000 + seed })),
    );
    this.#samples = Array.from({ length: 60 * MINUTES }, (_, second) =>
      hearts.flatMap((heart) => heart[second] ?? []),
    ).flat();
  }

  get samples(): number {
    return this.#samples.length;
  }

  /** All of it, made anew for each sample as the gateway makes one of each reading. */
  round(pauseMs = 0): void {
    for (const sample of this.#samples) this.#engine.step(this.#later(sample));
    this.#laterMs += MINUTES * 60_000 + pauseMs;
  }

  /** The same in parts, whose samples are there before any is played. */
  *parts(size: number): Generator<readonly Sample[]> {
    for (let from = 0; from < this.#samples.length; from += size) {
      yield this.#samples.slice(from, from + size).map((sample) => this.#later(sample));
    }
  }

  play(samples: readonly Sample[]): void {
    for (const sample of samples) this.#engine.step(sample);
  }

  #later({ athlete, strap, timeMs, bpm = 0, rrMs, contact }: Sample): Sample {
    const laterMs = timeMs + this.#laterMs;
    return { athlete, strap, timeMs: laterMs, monotonicMs: laterMs, bpm, rrMs, contact };
  }
}

export function measureSpeed(rules: readonly Rule[], seconds: number): number {
  const match = new Match(rules);
  match.round();
  let samples = 0;
  const beginMs = performance.now();
  while (performance.now() - beginMs < seconds * 1_000) {
    match.round();
    samples += match.samples;
  }
  return (samples * 1_000) / (performance.now() - beginMs);
}

/** Few enough that the collector does not come in between, and enough to be seen. */
const SAMPLES_A_LOOK = 2_000;

/** Bytes that the engine leaves behind with each sample, what is given to it not counted. The median of many looks. */
export async function measureAllocation(rules: readonly Rule[]): Promise<number> {
  const match = new Match(rules);
  match.round();
  const looks: number[] = [];
  await collectGarbage();
  for (const samples of match.parts(SAMPLES_A_LOOK)) {
    const before = process.memoryUsage().heapUsed;
    match.play(samples);
    const left = process.memoryUsage().heapUsed - before;
    if (left >= 0) looks.push(left / samples.length);
  }
  return looks.sort((a, b) => a - b)[Math.floor(looks.length / 2)] ?? Number.NaN;
}

export interface SeasonFigures {
  /** After the first tenth of the season, and after all of it; MB. */
  readonly earlyMb: number;
  readonly lateMb: number;
}

/** Half an hour of every match, two days apart, so that each is a session of its own. */
export async function measureSeason(rules: readonly Rule[], matches: number): Promise<SeasonFigures> {
  const match = new Match(rules);
  let earlyMb = Number.NaN;
  for (let played = 0; played < matches; played++) {
    match.round(2 * 86_400_000);
    if (played === Math.floor(matches / 10)) earlyMb = await heapMb();
  }
  return { earlyMb, lateMb: await heapMb() };
}

async function heapMb(): Promise<number> {
  await collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}
