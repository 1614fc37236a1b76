/** Stories at random, each from a number: a heart, a strap with its faults, and a gateway with its own. */
import { Random } from '../../../../simulator/random.ts';
import type { Rule } from '../../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../../src/domain/sample.ts';
import { ATHLETE, type Step } from './story.ts';

const YEAR_MS = 365 * 86_400_000;
const RR_UNIT_MS = 1000 / 1024;
/** A full hour: 2023-11-14T22:00:00Z. */
const T0 = 1_699_999_200_000;

const STATES = [
  'live',
  'contact-lost',
  'frozen',
  'no-signal',
  'out-of-range',
  'adapter-lost',
  'link-lost',
  'battery-low',
] as const;

/** @param alignMs corrections of the clock are multiples of it, for what is aligned to the clock */
export function storyOf(seed: number, steps: number, alignMs: number): Step[] {
  const random = new Random(seed);
  const story: Step[] = [];
  const isFaulty = random.uniform() < 0.8;
  let t = T0 + Math.floor(random.uniform() * 60_000);
  let bpm = 90 + random.uniform() * 60;
  let target = bpm;
  let contested = 0;
  let frozen = 0;
  const chance = (probability: number) => isFaulty && random.uniform() < probability;
  const between = (low: number, high: number) => low + random.uniform() * (high - low);
  while (story.length < steps) {
    if (random.uniform() < 0.03) target = between(60, 190);
    bpm += (target - bpm) * between(0, 0.3) + between(-3, 3);
    t += waited();
    if (chance(0.03)) contested = Math.floor(between(1, 15));
    if (chance(0.01)) frozen = Math.floor(between(1, 15));
    const sample = sampled(chance(0.02) ? between(25, 240) : bpm);
    story.push({ type: 'sample', sample, isFrozen: frozen-- > 0 });
    contested -= 1;
    if (chance(0.02)) story.push({ type: 'sample', sample, isFrozen: frozen > 0 });
    if (chance(0.02)) story.push({ type: 'sample', sample: earlier(sample), isFrozen: false });
    if (random.uniform() < 0.3) story.push({ type: 'time', timeMs: t + Math.floor(between(-250, 200)) });
    if (chance(0.04)) story.push(signalled());
    // A loss that is over before anybody has missed a reading.
    if (chance(0.03)) story.push(signalled(), { type: 'signal', state: 'live', timeMs: t + 2, sinceMs: t + 2 });
    if (chance(0.004)) restarted();
    if (chance(0.004)) shifted();
    // The clock is set back, and nobody tells.
    if (chance(0.002)) t -= Math.floor(random.uniform() < 0.5 ? between(29_000, 33_000) : between(33_000, 3 * YEAR_MS));
  }
  return [...story, { type: 'time', timeMs: t + 7_200_000 }];

  function waited(): number {
    if (!isFaulty || random.uniform() < 0.95) return 1_000;
    const kinds = [() => between(0, 5_000), () => between(4_990, 5_010), () => between(5_000, 60_000)];
    const long = [() => between(60_000, 600_000), () => between(1_790_000, 1_810_000), () => between(1e6, 9e6)];
    const all = random.uniform() < 0.05 ? long : kinds;
    return Math.floor(all[Math.floor(random.uniform() * all.length)]?.() ?? 0);
  }

  function sampled(rate: number): Sample {
    const isUnusable = chance(0.03);
    const whole = Math.round(Math.min(240, Math.max(25, rate)));
    return {
      athlete: ATHLETE,
      strap: 'a09e1a000007',
      timeMs: t,
      monotonicMs: t,
      ...(isUnusable && random.uniform() < 0.5 ? {} : { bpm: whole }),
      rrMs: random.uniform() < 0.15 ? [] : intervals(whole),
      contact: isUnusable ? 'lost' : 'detected',
      ...(contested > 0 ? { contested: ['replayed'] as const } : {}),
    };
  }

  function intervals(rate: number): number[] {
    const count = Math.max(1, Math.round(rate / 60));
    return Array.from({ length: count }, () => {
      const wild = chance(0.05) ? between(0.1, 3) : 1;
      return Math.round((60_000 / rate / RR_UNIT_MS) * between(0.95, 1.05) * wild) * RR_UNIT_MS;
    });
  }

  function earlier(sample: Sample): Sample {
    const timeMs = sample.timeMs - Math.floor(between(0, 6_000));
    return { ...sample, timeMs, bpm: Math.round(between(40, 200)) };
  }

  function signalled(): Step {
    const state = STATES[Math.floor(random.uniform() * STATES.length)] ?? 'live';
    return { type: 'signal', state, timeMs: t + 1, sinceMs: t - Math.floor(between(0, 40_000)) };
  }

  /** In the same minute or an hour later, by a clock that is right, or has lost years, or is off for want of an answer. */
  function restarted(): void {
    t += Math.floor(random.uniform() < 0.7 ? between(0, 60_000) : between(500_000, 700_000));
    const isTimeKnown = random.uniform() < 0.5;
    if (!isTimeKnown && random.uniform() < 0.5) t += Math.floor(between(-2, 1) * YEAR_MS);
    story.push({ type: 'restart', timeMs: t, isTimeKnown });
  }

  function shifted(): void {
    const correctionMs = Math.round(between(-2 * YEAR_MS, 2 * YEAR_MS) / alignMs) * alignMs;
    story.push({ type: 'shift', correctionMs });
    t += correctionMs;
  }
}

/** A rule of the kind, with limits that these hearts cross. */
export function ruleOf(kind: Rule['kind'], seed: number): Rule {
  const random = new Random(seed ^ 0x5eed);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random.uniform() * choices.length)] as T;
  const settings = { name: 'rule', ...pick({}, {}, { repeatMs: 60_000 }) };
  const clear_for = pick(0, 5_000, 20_000);
  switch (kind) {
    case 'average':
    case 'variability': {
      const slide = pick({}, { slide: 5_000 }, { slide: 30_000 });
      const windows = { window: pick(30_000, 60_000), coverage: pick(0, 0.2, 0.5), ...slide };
      if (kind === 'variability') {
        const band = pick({ above: 30 }, { below: 20 }, { above: 35, clear_below: 30, below: 10, clear_above: 12 });
        return { ...settings, kind, parameters: { ...windows, valid: pick(0, 0.8), ...band } };
      }
      const band = pick({ above: 130 }, { below: 100 }, { above: 140, clear_below: 125, below: 80, clear_above: 90 });
      return { ...settings, kind, parameters: { ...windows, ...band } };
    }
    case 'sustained': {
      const band = pick({ above: 130 }, { below: 100 }, { above: 140, clear_below: 125, below: 80, clear_above: 90 });
      return { ...settings, kind, parameters: { for: pick(5_000, 12_500, 30_000), clear_for, ...band } };
    }
    case 'change': {
      const by = pick({ rise: 20 }, { fall: 20 }, { rise: 30, fall: 15 });
      return { ...settings, kind, parameters: { within: pick(5_000, 20_000, 60_000), clear_for, ...by } };
    }
    case 'recovery': {
      const parameters = {
        above: 120,
        effort_for: pick(5_000, 15_000),
        fall: pick(10, 30),
        within: pick(10_000, 30_000),
      };
      return { ...settings, kind, parameters: { ...parameters, clear_for } };
    }
    case 'load': {
      const zone = pick({ above: 120 }, { above: 100, up_to: 140 });
      return { ...settings, kind, parameters: { ...zone, budget: pick(20_000, 60_000), pause: 1_800_000 } };
    }
    case 'signal':
      return { ...settings, kind, parameters: { for: pick(5_000, 30_000), clear_for } };
    case 'return-to-play': {
      const stages = { stage: pick(1, 2), stage_1: 110, stage_2: 135, set_by: 'A. Weber', set_on: '2026-01-31' };
      return { ...settings, kind, parameters: { ...stages, for: pick(5_000, 10_000), clear_for } };
    }
  }
}
