/**
 * Builds the schemas of rules from the kinds' own descriptions of their parameters, so that a new kind needs no
 * change here.
 */
import { z } from 'zod';
import { SEVERITIES, USUAL_SEVERITY } from '../domain/alert.ts';
import { ID_PATTERN } from '../domain/id-pattern.ts';
import { RULE_KINDS } from '../domain/rules/kinds.ts';
import type { Nonsense, NumberSpec, ParameterSpec, ParameterTable, TextSpec } from '../domain/rules/rule.ts';
import { durationText } from './quantity.ts';
import { type RateBase, relativePattern, relativeRate } from './relative-rates.ts';
import { date, duration } from './schema-parts.ts';

/** What the configuration needs to know of a kind. */
export interface KindDescription {
  readonly summary: string;
  readonly parameters: ParameterTable;
  readonly atLeastOneOf: readonly (readonly string[])[];
  // A method, since a kind asks for its own parameters, which the schema made of them has checked.
  nonsense?(parameters: never): Nonsense | undefined;
}

export type KindDescriptions = Readonly<Record<string, KindDescription>>;

export const KNOWN_KINDS: KindDescriptions = RULE_KINDS;

/** A rule name appears in alerts, so it is kept as plain as an id. */
export const NAME_PATTERN = ID_PATTERN;

/** Of what a heart rate may be written as a part. */
export const RATE_BASES = {
  rate: ['max', 'reserve'],
  ceiling: ['max', 'treadmill'],
} as const satisfies Record<'rate' | 'ceiling', readonly RateBase[]>;

/** What may be said of a rule of any kind, as it is written in the file. */
const SETTINGS = {
  severity: z
    .enum(SEVERITIES)
    .optional()
    .meta({
      title: SEVERITIES.join(', '),
      default: USUAL_SEVERITY,
      description: 'How grave its alerts are.',
    }),
  shadow: z.boolean().optional().meta({
    title: 'true or false',
    default: false,
    description: 'On trial: its alerts are recorded and delivered, marked as such, and alarm nobody.',
  }),
  repeat: duration({ min: 0, max: 86_400_000 }).optional().meta({
    title: 'duration',
    default: '0ms',
    description: 'The least time from one alert to the next of the same athlete. 0ms to 24h.',
  }),
  responses: z
    .array(
      z
        .string()
        .regex(
          NAME_PATTERN,
          'is {value}, which cannot be the name of a response; write names that gateway.yaml gives under "responses"',
        ),
    )
    .optional()
    .meta({
      title: 'list of names',
      description:
        'Which responses of gateway.yaml its alerts call; unless it is given, all whose severity they reach. `[]` for none but the log.',
    }),
} as const;

/** The name and title of a person, and to spare. */
const TEXT_MAX = 100;

/** That it is empty is said by its length. */
const NOT_BLANK = /^$|\S/;

export const ruleName = z
  .string()
  .regex(NAME_PATTERN, 'cannot be the name of a rule; write 1 to 64 letters, digits, ".", "_" and "-"');

/** A rule with everything it needs, defaults filled in. */
export const completeRule = madeOnce((name, kind) => {
  const shape: Record<string, z.ZodType> = { kind: kindLiteral(name, kind) };
  for (const [key, spec] of Object.entries(kind.parameters)) {
    shape[key] = spec.required ? parameter(spec) : givenOrNot(spec);
  }
  return z.strictObject({ ...shape, ...SETTINGS });
});

function givenOrNot(spec: ParameterSpec): z.ZodType {
  if (isText(spec) || spec.default === undefined) return parameter(spec).optional();
  return numberParameter(spec).prefault(written(spec, spec.default));
}

/** A rule that another one completes: whatever is given has to be right, and nothing has to be given. */
export const partialRule = madeOnce((name, kind) => {
  const shape: Record<string, z.ZodType> = { kind: kindLiteral(name, kind).optional() };
  for (const [key, spec] of Object.entries(kind.parameters)) shape[key] = parameter(spec).optional();
  return z.strictObject({ ...shape, ...SETTINGS });
});

/** Making a schema takes a hundred times as long as checking a rule with it, and a file has hundreds of rules. */
function madeOnce<Made>(make: (name: string, kind: KindDescription) => Made) {
  const made = new WeakMap<KindDescription, Map<string, Made>>();
  return (name: string, kind: KindDescription): Made => {
    const ofKind = made.get(kind) ?? new Map<string, Made>();
    made.set(kind, ofKind);
    const schema = ofKind.get(name) ?? make(name, kind);
    ofKind.set(name, schema);
    return schema;
  };
}

function kindLiteral(name: string, kind: KindDescription) {
  return z.literal(name).meta({ description: kind.summary });
}

/** What holds where nothing is written, as it would be written; undefined where that is nothing. */
export function usualValue(spec: ParameterSpec | undefined): number | string | undefined {
  if (spec === undefined || isText(spec) || spec.default === undefined) return undefined;
  return written(spec, spec.default);
}

/** A value as it is written in the file. */
function written(spec: NumberSpec, value: number): number | string {
  return spec.type === 'duration' ? durationText(value) : value;
}

function parameter(spec: ParameterSpec): z.ZodType<number | string> {
  return isText(spec) ? textParameter(spec) : numberParameter(spec);
}

function isText(spec: ParameterSpec): spec is TextSpec {
  return spec.type === 'text' || spec.type === 'date';
}

function textParameter(spec: TextSpec): z.ZodType<string> {
  const meta = { title: spec.type, description: spec.summary };
  if (spec.type === 'date') return date().meta(meta);
  return z.string().min(1).max(TEXT_MAX).regex(NOT_BLANK, 'is blank; write who or what it is').meta(meta);
}

function numberParameter(spec: NumberSpec): z.ZodType<number | string> {
  const { min, max } = spec;
  const fallback = spec.default === undefined ? {} : { default: written(spec, spec.default) };
  const description = `${spec.summary} ${written(spec, min)} to ${written(spec, max)}.`;
  const meta = { title: spec.type, description, ...fallback };
  switch (spec.type) {
    case 'duration':
      return duration({ min, max }).meta(meta);
    case 'rate':
      return rate(spec, RATE_BASES.rate).meta(meta);
    case 'ceiling':
      return rate(spec, RATE_BASES.ceiling).meta(meta);
    case 'bpm':
    case 'interval':
      return z.number().min(min).max(max).meta(meta);
    case 'whole':
      return z.int().min(min).max(max).meta(meta);
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

/** A number of bpm, or a text that says of what it is a part. What that comes to is known with the athlete. */
function rate({ min, max }: NumberSpec, bases: readonly RateBase[]): z.ZodType<number | string> {
  return z
    .unknown()
    .superRefine((value, context) => {
      const message = rateProblem(value, { min, max }, bases);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .transform((value) => value as number | string)
    .meta({
      anyOf: [
        { type: 'number', minimum: min, maximum: max },
        { type: 'string', pattern: relativePattern(bases) },
      ],
    });
}

function rateProblem(
  value: unknown,
  { min, max }: Pick<NumberSpec, 'min' | 'max'>,
  bases: readonly RateBase[],
): string | undefined {
  const parts = bases.map((base) => `"85 % ${base}"`).join(' or ');
  if (typeof value === 'string' && value.includes('%')) {
    return relativeRate(value, bases) === undefined
      ? `is {value}, which is no part of a heart rate; write ${parts}`
      : undefined;
  }
  if (typeof value === 'string') return `is a text; write the number alone, without unit or quotes, or ${parts}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return `is no heart rate; write a number, or ${parts}`;
  if (value < min) return `is {value}, less than ${min}; write ${min} or more`;
  return value > max ? `is {value}, more than ${max}; write ${max} or less` : undefined;
}
