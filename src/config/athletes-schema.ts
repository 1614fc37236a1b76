/**
 * The schema of athletes.yaml: the one source of its validation, its JSON Schema and its reference page. The
 * schema of a rule comes in from outside, since a file is checked with rules left open (layer-problems.ts and whole-rule.ts
 * judge them once they are merged) and described to editors with every kind in full.
 */
import { z } from 'zod';
import { HEART_KEYS } from './heart-numbers.ts';
import { OFF } from './rule-layers.ts';
import { KNOWN_KINDS, NAME_PATTERN, partialRule, ruleName } from './rule-schema.ts';
import { strapSchema } from './strap-schema.ts';

/** Two teams with substitutes and to spare; the radio reaches its limit long before. */
const ATHLETES_MAX = 200;

/** Every age group of a club, and a preset for all that a medical staff tells apart. */
const NAMES_MAX = 50;

/** Each is one more place to look at when somebody asks why a limit is what it is. */
const USES_MAX = 10;

function athletesSchemaWith(rule: z.ZodType) {
  const rules = z.record(ruleName, rule).optional();
  return z
    .strictObject({
      presets: named(
        'preset',
        z.strictObject({
          rules: rules.meta({
            description: 'Rules by name: whole ones, or what they change in those below whoever uses the preset.',
          }),
        }),
      ).meta({
        title: `map of names to presets, at most ${NAMES_MAX}`,
        description: 'Sets of rules for others to use, by name. A preset uses no other one.',
      }),
      defaults: z
        .strictObject({
          use: uses('Presets that everybody has, before the rules here.'),
          rules: rules.meta({ description: 'Rules by name, for every athlete of the file.' }),
        })
        .optional()
        .meta({
          description: 'What holds for every athlete.',
          // Without presets there is nothing that a rule here could change.
          anyOf: [
            { required: ['use'] },
            { properties: { rules: { additionalProperties: { anyOf: [{ const: OFF }, { required: ['kind'] }] } } } },
          ],
        }),
      teams: named(
        'team',
        z.strictObject({
          use: uses("Presets of the team's athletes, before the rules here."),
          rules: rules.meta({ description: "Rules by name: what differs for the team's athletes, or whole ones." }),
        }),
      ).meta({
        title: `map of names to teams, at most ${NAMES_MAX}`,
        description: 'What holds for those athletes who name the team, by name.',
      }),
      athletes: z
        .array(
          z.strictObject({
            id: z
              .string()
              .regex(NAME_PATTERN, 'is {value}, which cannot be an id; write 1 to 64 letters, digits, ".", "_" and "-"')
              .meta({
                title: 'id',
                description:
                  'Names the athlete in alerts and everything that leaves the gateway. In quotes if it is a number.',
              }),
            name: z
              .string()
              .min(1)
              .max(100)
              .optional()
              .meta({ title: 'text', description: 'For local display; never leaves the gateway.' }),
            strap: strapSchema,
            ...HEART_KEYS,
            team: z.string().optional().meta({ title: 'name', description: 'One of "teams".' }),
            use: uses('Presets of the athlete, before the rules here.'),
            rules: rules.meta({
              description:
                'Rules by name: what differs from the rule of the same name that the athlete has otherwise, or a whole rule of their own.',
            }),
          }),
        )
        .min(1)
        .max(ATHLETES_MAX)
        .meta({ description: `The team, 1 to ${ATHLETES_MAX}.` }),
    })
    .meta({
      title: 'sideline athletes',
      description: 'The team and the rules that each athlete is held against (athletes.yaml).',
    });
}

/** @param noun in a sentence */
function named<T extends z.ZodType>(noun: string, entry: T) {
  const name = z
    .string()
    .regex(NAME_PATTERN, `cannot be the name of a ${noun}; write 1 to 64 letters, digits, ".", "_" and "-"`);
  return z
    .record(name, entry)
    .refine((entries) => Object.keys(entries).length <= NAMES_MAX, `has more than ${NAMES_MAX}; remove the others`)
    .meta({ maxProperties: NAMES_MAX })
    .optional();
}

function uses(description: string) {
  return z
    .array(z.string())
    .max(USES_MAX)
    .optional()
    .meta({
      title: `list of names of presets, at most ${USES_MAX}`,
      description: `${description} A later one changes what those before it say.`,
    });
}

const openRule = z.preprocess(
  (value) => (value === OFF ? {} : value),
  z.record(z.string(), z.unknown(), {
    error: ({ input }) =>
      typeof input === 'string' || typeof input === 'boolean'
        ? `is {value}, which is no rule; write its keys, or ${OFF} to switch it off`
        : undefined,
  }),
);

/** For checking a file: rules are maps, whatever is in them, or off. */
export const athletesSchema = athletesSchemaWith(openRule);

export type AthletesFile = z.output<typeof athletesSchema>;

/** For editors and the reference page: every kind of rule in full. */
export function describedAthletesSchema() {
  const off = z.literal(OFF).meta({ description: 'Switches off a rule that something before this gives.' });
  const kinds = Object.entries(KNOWN_KINDS).map(([name, kind]) => partialRule(name, kind));
  return athletesSchemaWith(z.union([...kinds, off]).meta({ id: 'rule' }));
}
