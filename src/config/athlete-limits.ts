/** Turns the limits of an athlete's rule into bpm where they are written as a part of the athlete's own numbers. */
import type { Problem } from './problem.ts';
import { type HeartNumbers, relativeRate, resolved } from './relative-rates.ts';
import { type KindDescription, RATE_BASES } from './rule-schema.ts';
import { quoteText, subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

type Parameters = Readonly<Record<string, unknown>>;

export interface AthleteLimits {
  readonly parameters: Parameters;
  /** One of them rests on a maximum that was estimated. */
  readonly isEstimated: boolean;
  readonly problems: readonly Problem[];
}

export interface RulePlace {
  readonly file: YamlFile;
  /** Of the athlete. */
  readonly athlete: Path;
  /** Of the rule in the athlete's entry, whether it stands there or not. */
  readonly rule: Path;
  /** The rule where a key of it was written: there, or in a layer below; undefined if nowhere. */
  readonly home: (key: string) => Path | undefined;
}

export function athleteLimits(
  place: RulePlace,
  kind: KindDescription,
  parameters: Parameters,
  heart: HeartNumbers,
): AthleteLimits {
  const numbers: Record<string, unknown> = { ...parameters };
  const problems: Problem[] = [];
  let isEstimated = false;
  for (const [key, spec] of Object.entries(kind.parameters)) {
    const text = parameters[key];
    if ((spec.type !== 'rate' && spec.type !== 'ceiling') || typeof text !== 'string') continue;
    const relative = relativeRate(text, RATE_BASES[spec.type]);
    if (relative === undefined) throw new Error('a limit has passed its schema that is none');
    const limit = resolved(relative, heart, spec.type === 'ceiling');
    if ('missing' in limit) problems.push(lacking(place, key, text, limit));
    else if (limit.bpm < spec.min || limit.bpm > spec.max) problems.push(outOfRange(place, key, text, limit.bpm, spec));
    else {
      numbers[key] = limit.bpm;
      isEstimated ||= limit.isEstimated;
    }
  }
  return { parameters: numbers, isEstimated, problems };
}

function lacking(
  place: RulePlace,
  key: string,
  text: string,
  { missing, remedy }: { readonly missing: string; readonly remedy: string },
): Problem {
  const { file, athlete } = place;
  const what = `${limitText(place, key, text)}, and ${subject(file, athlete)} has ${missing}`;
  return file.problem(placeOf(place, key), 'value', what, remedy);
}

function outOfRange(
  place: RulePlace,
  key: string,
  text: string,
  bpm: number,
  { min, max }: { readonly min: number; readonly max: number },
): Problem {
  const [comparison, bound] = bpm < min ? ['less', min] : ['more', max];
  const what = `${limitText(place, key, text)}, which is ${bpm} bpm, ${comparison} than ${bound}`;
  return place.file.problem(placeOf(place, key), 'value', what, 'correct the part, or what it is a part of');
}

function limitText({ file, rule }: RulePlace, key: string, text: string): string {
  return `"${key}" in ${subject(file, rule)} is ${quoteText(text)}`;
}

/** A limit of the defaults, a team or a preset is right for others: the problem is the athlete's. */
function placeOf({ rule, athlete, home }: RulePlace, key: string): Path {
  return home(key)?.[0] === 'athletes' ? [...rule, key] : athlete;
}
