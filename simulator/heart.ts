/**
 * A plausible heart, not a physiological truth: good enough to look right on a screen and to drive rules
 * through everything they must handle.
 *
 * The rate follows a target with first-order kinetics, `d rate / dt = (target − rate) / τ`, the simplest
 * model in use for the onset of and the recovery from exercise; recovery has the longer τ. Targets come in
 * phases: rest, effort, recovery, and again. On top of the rate the RR intervals swing with the breath
 * (respiratory sinus arrhythmia), wander at about 0.1 Hz (Mayer waves) and vary from beat to beat; all
 * three shrink as the rate rises.
 */
import type { Random } from './random.ts';

type Phase = 'rest' | 'effort' | 'recovery';

export interface Beat {
  /** The RR interval that this beat ends, ms: a multiple of 1000/1024, as straps measure it, of 250 to 2400. */
  readonly rrMs: number;
  readonly phase: Phase;
}

const NEXT_PHASE = { rest: 'effort', effort: 'recovery', recovery: 'rest' } as const;

/** How long a phase lasts, s. */
const PHASE_SECONDS: Readonly<Record<Phase, readonly [number, number]>> = {
  rest: [40, 150],
  effort: [70, 240],
  recovery: [80, 200],
};

const RR_UNIT_MS = 1000 / 1024;
const RR_MIN_UNITS = Math.ceil(250 / RR_UNIT_MS);
const RR_MAX_UNITS = Math.floor(2400 / RR_UNIT_MS);

/** The rate, bpm, at which the variation from beat to beat is practically gone, and at which it is full. */
const STEADY_BPM = 195;
const LOOSE_BPM = 55;

const MAYER_HZ = 0.1;

/** Beats for ever, from rest on. The same random stream gives the same beats. */
export function* beats(random: Random): Generator<Beat, never, undefined> {
  const person = {
    restBpm: random.between(55, 75),
    onsetSeconds: random.between(15, 30),
    recoverySeconds: random.between(40, 70),
    breathMs: random.between(20, 50),
    mayerMs: random.between(8, 25),
    noiseMs: random.between(5, 15),
  };
  let phase: Phase = 'rest';
  let phaseSeconds = random.between(...PHASE_SECONDS[phase]);
  let targetBpm = person.restBpm;
  let bpm = targetBpm;
  let breath = random.between(0, 2 * Math.PI);
  let mayer = random.between(0, 2 * Math.PI);
  for (;;) {
    const effort = clamp((bpm - LOOSE_BPM) / (STEADY_BPM - LOOSE_BPM), 0, 1);
    const looseness = (1 - effort) ** 2;
    const swingMs =
      looseness * (person.breathMs * Math.sin(breath) + person.mayerMs * Math.sin(mayer)) +
      (looseness + 0.1) * person.noiseMs * random.normal();
    const units = Math.round((60_000 / bpm + swingMs) / RR_UNIT_MS);
    const rrMs = clamp(units, RR_MIN_UNITS, RR_MAX_UNITS) * RR_UNIT_MS;
    yield { rrMs, phase };

    const seconds = rrMs / 1000;
    const breathHz = 0.2 + 0.4 * effort;
    breath += 2 * Math.PI * breathHz * seconds;
    mayer += 2 * Math.PI * MAYER_HZ * seconds;
    const tau = targetBpm > bpm ? person.onsetSeconds : person.recoverySeconds;
    bpm += (targetBpm - bpm) * (1 - Math.exp(-seconds / tau));
    phaseSeconds -= seconds;
    if (phaseSeconds <= 0) {
      phase = NEXT_PHASE[phase];
      phaseSeconds = random.between(...PHASE_SECONDS[phase]);
      targetBpm = targetOf(phase, person.restBpm, random);
    }
  }
}

/** The RR intervals of `beats`, ms. */
export function* rrIntervals(random: Random): Generator<number, void, undefined> {
  for (const { rrMs } of beats(random)) yield rrMs;
}

function targetOf(phase: Phase, restBpm: number, random: Random): number {
  switch (phase) {
    case 'rest':
      return restBpm;
    case 'effort':
      return random.between(130, 185);
    case 'recovery':
      return restBpm + random.between(5, 20);
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
