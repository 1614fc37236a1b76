/**
 * What may be done about an alert, beside delivering and logging it: the part of gateway.yaml that the athletes file can
 * name and never define. What needs other keys, such as the list of hosts, is in response-checks.ts.
 */
import { z } from 'zod';
import { ALERT_EVENTS, type AlertEventName, SEVERITIES, USUAL_SEVERITY } from '../domain/alert.ts';
import type { ResponseChoice } from '../domain/response-choice.ts';
import { SECRET_PATTERN } from '../responses/webhook/signature.ts';
import { TOPIC_PATTERN, whyNoBroker } from './broker-address.ts';
import { referenceTo } from './environment.ts';
import { NAME_PATTERN } from './rule-schema.ts';
import { duration, filePath } from './schema-parts.ts';

const HOUR_MS = 3_600_000;

/** A room full of lamps. */
const RESPONSES_MAX = 16;

const ARGUMENTS_MAX = 64;
const ARGUMENT_MAX = 1_000;

const EVENT_NAMES = Object.keys(ALERT_EVENTS) as AlertEventName[];
const USUAL_EVENTS: AlertEventName[] = ['raised', 'escalated', 'resumed', 'cleared'];

/** When a response is called. */
const choice = {
  severity: z
    .enum(SEVERITIES)
    .prefault(USUAL_SEVERITY)
    .meta({
      title: SEVERITIES.join(', '),
      description: 'The least that calls it. A rule that names its `responses` calls those whatever its severity.',
    }),
  events: z
    .array(z.enum(EVENT_NAMES))
    .min(1)
    .prefault(USUAL_EVENTS)
    .meta({
      title: 'list of events',
      description: `What of an alert calls it, of ${EVENT_NAMES.map((name) => `\`${name}\``).join(', ')}.`,
    }),
};

const topic = z
  .strictObject({
    kind: z.literal('topic').meta({ description: 'Publishes the alert to a broker nearby, as JSON at QoS 1.' }),
    url: z
      .string()
      .superRefine((text, context) => {
        const message = whyNoBroker(text);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .meta({ title: 'URL', description: '`mqtt://127.0.0.1:1883`, or `mqtts://host:8883` for TLS.' }),
    topic: z
      .string()
      .min(1)
      .max(200)
      .regex(
        TOPIC_PATTERN,
        'is {value}, which is no topic; write levels separated by "/", without spaces, "+", "#" and a "$" at its start',
      )
      .meta({ title: 'topic', description: 'Where alerts are published, as in `touchline/alerts`.' }),
    username: z.string().min(1).optional().meta({ title: 'text', description: 'For brokers that ask for one.' }),
    password: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'text', description: `Best as \`"${referenceTo('BOARD_PASSWORD')}"\`, from the environment.` }),
    ca: filePath().optional().meta({
      title: 'path',
      description: 'Certificates (PEM) to trust in place of those of the system.',
    }),
    ...choice,
  })
  .meta({ title: 'local topic', dependentRequired: { password: ['username'] } });

const webhook = z
  .strictObject({
    kind: z.literal('webhook').meta({ description: 'Posts the alert to a receiver, signed.' }),
    url: z
      .string()
      .superRefine((text, context) => {
        const message = whyNoReceiver(text);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .meta({
        title: 'URL',
        description:
          '`https://…`; its host has to be in `webhook_hosts`. `http://` for this machine itself, or with `allow_http`. Redirects are not followed.',
      }),
    secret: z
      .string()
      .regex(
        SECRET_PATTERN,
        'is no secret of a webhook; write whsec_ and 24 to 64 bytes in base64, as from: echo whsec_$(openssl rand -base64 32)',
      )
      .meta({
        title: 'text',
        description: `\`whsec_\` and 24 to 64 bytes in base64; best as \`"${referenceTo('OFFICE_SECRET')}"\`, from the environment. The receiver knows it too.`,
      }),
    ca: filePath().optional().meta({
      title: 'path',
      description: 'Certificates (PEM) to trust in place of those of the system.',
    }),
    allow_http: z.boolean().prefault(false).meta({
      title: 'true or false',
      description: 'Without TLS whoever is on the way can read what is sent.',
    }),
    timeout: duration({ min: 1_000, max: 60_000 }).prefault('10s').meta({
      title: 'duration',
      description: 'How long an attempt may take, 1s to 1m.',
    }),
    give_up_after: duration({ min: 60_000, max: 168 * HOUR_MS })
      .prefault('24h')
      .meta({
        title: 'duration',
        description: 'An alert that is older and was not taken is given up, which the log says. 1m to 168h.',
      }),
    ...choice,
  })
  .meta({ title: 'webhook' });

const command = z
  .strictObject({
    kind: z.literal('command').meta({
      description: 'Runs a program of this machine, without a shell. Needs `allow_commands: true`.',
    }),
    command: z
      .array(
        z
          .string()
          .max(ARGUMENT_MAX)
          .refine((text) => !text.includes('\0'), 'holds a NUL; remove it'),
      )
      .min(1)
      .refine(
        (items) => items.length <= ARGUMENTS_MAX,
        `has more than ${ARGUMENTS_MAX} items; let a program of your own have them`,
      )
      .refine(
        ([program]) => program === undefined || program.startsWith('/'),
        'begins with a name; write the whole path of the program, as in /usr/bin/gpioset',
      )
      .meta({
        title: 'list of texts',
        maxItems: ARGUMENTS_MAX,
        description:
          'The absolute path of the program and its arguments, as they are: nothing is put into them. What has happened is in `SIDELINE_ATHLETE`, `SIDELINE_RULE`, `SIDELINE_EVENT` and `SIDELINE_SEVERITY`, which are its whole environment.',
      }),
    timeout: duration({ min: 100, max: HOUR_MS }).prefault('5s').meta({
      title: 'duration',
      description: 'After that it is ended, with all that it has started. 100ms to 1h.',
    }),
    ...choice,
  })
  .meta({ title: 'command' });

export const RESPONSE_KINDS = [topic, webhook, command] as const;

export const responses = z
  .record(
    z.string().regex(NAME_PATTERN, 'cannot be the name of a response; write 1 to 64 letters, digits, ".", "_" and "-"'),
    z.discriminatedUnion('kind', RESPONSE_KINDS),
  )
  .refine(
    (all) => Object.keys(all).length <= RESPONSES_MAX,
    `has more than ${RESPONSES_MAX} responses; keep ${RESPONSES_MAX} at the most`,
  )
  .prefault({})
  .meta({
    title: 'map of names to responses',
    maxProperties: RESPONSES_MAX,
    description: 'What happens at the pitch when an alert is raised, beside the log. Rules may name them.',
  });

export const webhookHosts = z.array(z.string().min(1).max(260)).prefault([]).meta({
  title: 'list of hosts',
  description:
    'Where webhooks may go: `hooks.example.org`, or `hooks.example.org:8443` for another port than that of https or http.',
});

export const allowCommands = z.boolean().prefault(false).meta({
  title: 'true or false',
  description: 'Whether responses may run programs of this machine.',
});

type ResponsesFile = z.output<typeof responses>;
export type ResponseFile = ResponsesFile[string];

/** A response, ready to use: paths absolute, durations in ms. */
export type ResponseSettings = { readonly choice: ResponseChoice } & (
  | {
      readonly kind: 'topic';
      readonly url: string;
      readonly topic: string;
      readonly username?: string;
      readonly password?: string;
      readonly tls?: { readonly ca: string };
    }
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly secret: string;
      readonly ca?: string;
      readonly timeoutMs: number;
      readonly giveUpAfterMs: number;
    }
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly timeoutMs: number }
);

function whyNoReceiver(text: string): string | undefined {
  const form = 'write https:// and the address of the receiver';
  if (!URL.canParse(text)) return `is no URL; ${form}`;
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return `does not begin with https://; ${form}`;
  if (username !== '' || password !== '') {
    return 'holds a user or a password; remove them, since the signature says who sends';
  }
  return hash === '' ? undefined : 'has a "#" and what follows it, which no receiver gets; remove both';
}
