/**
 * The schema of athletes.yaml: the one source of its validation, its JSON Schema and its reference page. The
 * schema of a rule comes in from outside, since a file is checked with rules left open (team-rules.ts judges
 * them once they are merged) and described to editors with every kind in full.
 */
import { z } from 'zod';
import { HEART_KEYS } from './heart-numbers.ts';
import { defaultRule, KNOWN_KINDS, NAME_PATTERN, partialRule, ruleName } from './rule-schema.ts';

/** Two teams with substitutes and to spare; the radio reaches its limit long before. */
const ATHLETES_MAX = 200;

/** Core Specification Vol 3, Part C, 12.1: a device name has at most 248 bytes. */
const STRAP_NAME_MAX = 248;

/** A GATT attribute has at most 512 bytes (Vol 3, Part F, 3.2.9). */
const SERIAL_MAX = 512;

const ADDRESS_PATTERN = /^([0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{12})$/;

const strap = z
  .strictObject({
    address: z
      .string()
      .regex(
        ADDRESS_PATTERN,
        'is {value}, which is no Bluetooth address; write six pairs of hex digits, as in "a0:9e:1a:00:00:07"',
      )
      .transform((text) => text.replaceAll(':', '').toLowerCase())
      .optional()
      .meta({ title: 'address', description: 'The Bluetooth address, as in "a0:9e:1a:00:00:07".' }),
    name: z.string().min(1).max(STRAP_NAME_MAX).optional().meta({
      title: 'text',
      description: 'The name that the strap advertises, compared exactly, as in "Polar H10 1234ABCD".',
    }),
    serial: z.string().min(1).max(SERIAL_MAX).optional().meta({
      title: 'text',
      description: 'The serial number that the strap tells when connected (characteristic 0x2A25).',
    }),
  })
  .superRefine((given, context) => {
    const count = Object.values(given).filter((value) => value !== undefined).length;
    if (count === 1) return;
    const message =
      count === 0
        ? 'does not say which strap; write one of "address", "name" and "serial"'
        : 'says in several ways which strap; keep one of "address", "name" and "serial"';
    context.addIssue({ code: 'custom', message });
  })
  .meta({ minProperties: 1, maxProperties: 1, description: 'How the strap is recognised: exactly one of these keys.' });

function athletesSchemaWith(inDefaults: z.ZodType, inAthlete: z.ZodType) {
  return z
    .strictObject({
      defaults: z
        .strictObject({
          rules: z
            .record(ruleName, inDefaults)
            .optional()
            .meta({ description: 'Rules by name, for every athlete of the file.' }),
        })
        .optional()
        .meta({ description: 'What holds for every athlete.' }),
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
            strap,
            ...HEART_KEYS,
            rules: z.record(ruleName, inAthlete).optional().meta({
              description:
                'Rules by name: what differs from the default rule of the same name, or a whole rule of their own.',
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

/** For checking a file: rules are maps, whatever is in them. */
export const athletesSchema = athletesSchemaWith(z.record(z.string(), z.unknown()), z.record(z.string(), z.unknown()));

export type AthletesFile = z.output<typeof athletesSchema>;

/** For editors and the reference page: every kind of rule in full. */
export function describedAthletesSchema() {
  const kinds = Object.entries(KNOWN_KINDS);
  return athletesSchemaWith(
    oneOf(kinds.map(([name, kind]) => defaultRule(name, kind))),
    oneOf(kinds.map(([name, kind]) => partialRule(name, kind))),
  );
}

function oneOf(schemas: readonly z.ZodType[]): z.ZodType {
  const [only, ...more] = schemas;
  if (only === undefined) throw new Error('there is no kind of rule');
  return more.length === 0 ? only : z.union([only, ...more]);
}
