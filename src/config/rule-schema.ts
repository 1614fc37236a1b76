/**
 * Builds the schemas of rules from the kinds' own descriptions of their parameters, so that a new kind needs no
 * change here.
 */
import { z } from 'zod';
import { RULE_KINDS } from '../domain/rules/kinds.ts';
import type { ParameterSpec, ParameterTable } from '../domain/rules/rule.ts';
import { durationText } from './quantity.ts';
import { duration } from './schema-parts.ts';

/** What the configuration needs to know of a kind. */
export interface KindDescription {
  readonly summary: string;
  readonly parameters: ParameterTable;
  readonly atLeastOneOf: readonly (readonly string[])[];
}

export type KindDescriptions = Readonly<Record<string, KindDescription>>;

export const KNOWN_KINDS: KindDescriptions = RULE_KINDS;

/** A rule name appears in alerts, so it is kept as plain as an id. */
export const NAME_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;

export const ruleName = z
  .string()
  .regex(NAME_PATTERN, 'cannot be the name of a rule; write 1 to 64 letters, digits, ".", "_" and "-"');

/** A rule with everything it needs, defaults filled in. */
export function completeRule(name: string, kind: KindDescription) {
  const shape: Record<string, z.ZodType> = { kind: kindLiteral(name, kind) };
  for (const [key, spec] of Object.entries(kind.parameters)) {
    const value = parameter(spec);
    if (spec.required) shape[key] = value;
    else shape[key] = spec.default === undefined ? value.optional() : value.prefault(written(spec, spec.default));
  }
  return z.strictObject(shape);
}

/** A rule that another one completes: whatever is given has to be right, and nothing has to be given. */
export function partialRule(name: string, kind: KindDescription) {
  const shape: Record<string, z.ZodType> = { kind: kindLiteral(name, kind).optional() };
  for (const [key, spec] of Object.entries(kind.parameters)) shape[key] = parameter(spec).optional();
  return z.strictObject(shape);
}

/** For editors: what may stand in the defaults, where a rule says its kind. */
export function defaultRule(name: string, kind: KindDescription) {
  return partialRule(name, kind).extend({ kind: kindLiteral(name, kind) });
}

function kindLiteral(name: string, kind: KindDescription) {
  return z.literal(name).meta({ description: kind.summary });
}

/** A value as it is written in the file. */
function written(spec: ParameterSpec, value: number): number | string {
  return spec.type === 'duration' ? durationText(value) : value;
}

function parameter(spec: ParameterSpec): z.ZodType<number> {
  const { min, max } = spec;
  const fallback = spec.default === undefined ? {} : { default: written(spec, spec.default) };
  const description = `${spec.summary} ${written(spec, min)} to ${written(spec, max)}.`;
  const meta = { title: spec.type, description, ...fallback };
  switch (spec.type) {
    case 'duration':
      return duration({ min, max }).meta(meta);
    case 'bpm':
      return z.number().min(min).max(max).meta(meta);
    case 'fraction':
      return z
        .number({
          error: ({ input }) =>
            typeof input === 'string' ? 'is {value}, which is no number; write a part of one, as in 0.5' : undefined,
        })
        .min(min)
        .max(max)
        .meta(meta);
  }
}
