/**
 * The effective rules of an athlete as plain data: every value with where it was written, and what a limit in percent
 * comes to. Neither names of athletes nor texts about persons are in it, so that it can be sent to somebody for help.
 */
import { USUAL_SEVERITY } from '../domain/alert.ts';
import { homeOf } from './merged-rule.ts';
import { type HeartNumbers, highest, type RateBase, relativeRate } from './relative-rates.ts';
import { type KindDescription, type KindDescriptions, RATE_BASES, usualValue } from './rule-schema.ts';
import type { AthleteRules, EffectiveRule } from './team-rules.ts';
import type { Path, YamlFile } from './yaml-file.ts';

/** What has a say in an athlete's rules. */
export type ExplainedLayer =
  | { readonly layer: 'preset' | 'team'; readonly name: string }
  | { readonly layer: 'defaults' | 'athlete' };

/** Where something was written; lines count from 1. `usual` is what holds where nobody has written anything. */
export type Origin = (ExplainedLayer & { readonly line: number }) | { readonly layer: 'usual' };

/** One of the athlete's numbers that a limit in percent is a part of, bpm. */
export interface HeartNumber {
  readonly name: 'max' | 'rest' | 'treadmill_threshold';
  readonly bpm: number;
  /** From the age: it may be off by more than ten beats. */
  readonly estimated?: true;
  readonly line: number;
}

export interface ExplainedValue {
  readonly key: string;
  /** As it stands in the file; absent for a text about a person. */
  readonly value?: string | number | boolean;
  /** What a part of the athlete's numbers comes to. */
  readonly bpm?: number;
  readonly restsOn?: readonly HeartNumber[];
  readonly from: Origin;
}

export interface ExplainedRule {
  readonly name: string;
  readonly kind: string;
  /** The kind first, then what was written, then what is usual. */
  readonly values: readonly ExplainedValue[];
}

export interface ExplainedAthlete {
  readonly id: string;
  readonly line: number;
  readonly team?: string;
  /** In the order in which they change each other's values. */
  readonly layers: readonly ExplainedLayer[];
  readonly rules: readonly ExplainedRule[];
  readonly off: readonly { readonly name: string; readonly from: Origin }[];
}

/** What an athlete of a file without problems has. */
export interface SoundAthlete {
  readonly id: string;
  readonly team?: string | undefined;
  readonly index: number;
  readonly rules: AthleteRules;
}

export function explained(file: YamlFile, kinds: KindDescriptions, athlete: SoundAthlete): ExplainedAthlete {
  const { id, team, index, rules } = athlete;
  return {
    id,
    line: file.line(['athletes', index, 'id']),
    ...(team === undefined ? {} : { team }),
    layers: rules.stack.layers.filter((each) => each.rules.size > 0).map(({ owner }) => layerAt(owner)),
    rules: rules.rules.map((rule) => explainedRule(file, kinds, athlete, rule)),
    off: rules.off.map(({ name, off = [] }) => ({ name, from: originOf(file, off, 'key') })),
  };
}

function explainedRule(
  file: YamlFile,
  kinds: KindDescriptions,
  athlete: SoundAthlete,
  { rule, merged }: EffectiveRule,
): ExplainedRule {
  const kind = kinds[rule.kind];
  if (kind === undefined) throw new Error('a rule of a kind that there is not');
  const keys = ['kind', ...Object.keys(kind.parameters), 'severity', 'shadow', 'repeat', 'responses'];
  const written = keys.flatMap((key) => writtenValue(file, kind, athlete, { rule, merged }, key));
  const usual = keys
    .filter((key) => merged.raw[key] === undefined)
    .flatMap((key): ExplainedValue[] => {
      const value = key === 'severity' ? USUAL_SEVERITY : usualValue(kind.parameters[key]);
      return value === undefined ? [] : [{ key, value, from: { layer: 'usual' } }];
    });
  return { name: rule.name, kind: rule.kind, values: [...written, ...usual] };
}

function writtenValue(
  file: YamlFile,
  kind: KindDescription,
  { index, rules }: SoundAthlete,
  { rule, merged }: EffectiveRule,
  key: string,
): ExplainedValue[] {
  const home = homeOf(merged, key);
  if (home === undefined || merged.raw[key] === undefined) return [];
  const from = originOf(file, [...home, key], 'value', home);
  const spec = kind.parameters[key];
  if (spec?.type === 'text') return [{ key, from }];
  // The schema has let through nothing else.
  const raw = merged.raw[key] as string | number | boolean | readonly string[];
  const value = typeof raw === 'object' ? `[${raw.join(', ')}]` : raw;
  const isPart = (spec?.type === 'rate' || spec?.type === 'ceiling') && typeof value === 'string';
  if (!isPart) return [{ key, value, from }];
  const bpm = (rule.parameters as Readonly<Record<string, unknown>>)[key];
  const part = relativeRate(value, RATE_BASES[spec.type]);
  const restsOn = part === undefined ? [] : heartNumbers(file, index, rules.heart ?? {}, part.of);
  return [{ key, value, ...(typeof bpm === 'number' ? { bpm } : {}), restsOn, from }];
}

/** The numbers that a part is of, with where they stand in the athlete's entry. */
function heartNumbers(file: YamlFile, index: number, heart: HeartNumbers, of: RateBase): HeartNumber[] {
  const at = (path: Path) => file.line(['athletes', index, ...path]);
  if (of === 'treadmill') {
    const { treadmillThreshold: bpm } = heart;
    return bpm === undefined
      ? []
      : [{ name: 'treadmill_threshold', bpm, line: at(['heart_rate', 'treadmill_threshold']) }];
  }
  const max = highest(heart);
  const ageKey = file.has(['athletes', index, 'age']) ? 'age' : 'born';
  const numbers: HeartNumber[] = [];
  if (max?.isEstimated === true) numbers.push({ name: 'max', bpm: max.bpm, estimated: true, line: at([ageKey]) });
  else if (max !== undefined) numbers.push({ name: 'max', bpm: max.bpm, line: at(['heart_rate', 'max']) });
  if (of === 'reserve' && heart.rest !== undefined) {
    numbers.push({ name: 'rest', bpm: heart.rest, line: at(['heart_rate', 'rest']) });
  }
  return numbers;
}

function originOf(file: YamlFile, path: Path, part: 'key' | 'value', rule: Path = path): Origin {
  return { ...layerAt(rule), line: file.line(path, part) };
}

function layerAt([home, name]: Path): ExplainedLayer {
  switch (home) {
    case 'presets':
      return { layer: 'preset', name: String(name) };
    case 'teams':
      return { layer: 'team', name: String(name) };
    case 'defaults':
      return { layer: 'defaults' };
    default:
      return { layer: 'athlete' };
  }
}
