/** What an athlete's entry says of the heart: the schema of those keys, and the numbers that limits are resolved with. */
import { z } from 'zod';
import { check } from './issue-problems.ts';
import type { Problem } from './problem.ts';
import { ageOn, type HeartNumbers } from './relative-rates.ts';
import { date } from './schema-parts.ts';
import { shownValue, subject } from './wording.ts';
import type { YamlFile } from './yaml-file.ts';

/** Whom the estimate of a maximum was made for, and to spare. */
const AGE = { min: 5, max: 100 } as const;

const heartRate = z
  .strictObject({
    max: z.number().min(100).max(240).optional().meta({
      title: 'bpm',
      description:
        'The highest heart rate of the athlete, as it was measured. It always wins over an estimate. 100 to 240.',
    }),
    rest: z.number().min(25).max(120).optional().meta({
      title: 'bpm',
      description: 'The heart rate at rest, for limits as "60 % reserve". 25 to 120.',
    }),
    treadmill_threshold: z.number().min(60).max(240).optional().meta({
      title: 'bpm',
      description: 'The threshold that a treadmill test has given, for ceilings as "80 % treadmill". 60 to 240.',
    }),
  })
  .superRefine(({ max, rest }, context) => {
    if (max === undefined || rest === undefined || rest < max) return;
    context.addIssue({
      code: 'custom',
      path: ['rest'],
      message: 'is {value}, not less than "max"; correct one of the two',
    });
  });

/** Keys of an athlete. */
export const HEART_KEYS = {
  heart_rate: heartRate.optional().meta({ description: 'What was measured of the athlete, for limits in percent.' }),
  age: z.int().min(AGE.min).max(AGE.max).optional().meta({
    title: 'years',
    description:
      'For an estimated maximum, 208 − 0.7 × age, where none was measured. What rests on it is marked as estimated.',
  }),
  born: date().optional().meta({ title: 'date', description: 'The same as "age", and keeps right, as in 2004-05-17.' }),
};

const KEYS = { heart: HEART_KEYS.heart_rate, age: HEART_KEYS.age, born: HEART_KEYS.born };

export interface AthleteHeart {
  /** Absent where what is said has the wrong form, which is a problem of its own. */
  readonly numbers?: HeartNumbers;
  readonly problems: readonly Problem[];
}

/** @param nowMs Unix time by which an age is counted */
export function athleteHeart(
  file: YamlFile,
  index: number,
  athlete: Readonly<Record<string, unknown>>,
  nowMs: number,
): AthleteHeart {
  const [heart, age, born] = [
    check(KEYS.heart, athlete['heart_rate']),
    check(KEYS.age, athlete['age']),
    check(KEYS.born, athlete['born']),
  ];
  if (!heart.ok || !age.ok || !born.ok) return { problems: [] };
  const path = ['athletes', index, 'born'];
  const name = subject(file, path);
  if (age.value !== undefined && born.value !== undefined) {
    return { problems: [file.problem(path, 'key', `${name} is given beside "age"`, 'keep one of the two')] };
  }
  const years = born.value === undefined ? age.value : ageOn(born.value, nowMs);
  if (years !== undefined && (years < AGE.min || years > AGE.max)) {
    const what = `${name} is ${shownValue(file, path) ?? 'a day'}, which makes them ${years} years old`;
    return { problems: [file.problem(path, 'value', what, 'correct the year')] };
  }
  const { max, rest, treadmill_threshold: treadmillThreshold } = heart.value ?? {};
  return { numbers: { max, rest, treadmillThreshold, age: years }, problems: [] };
}
