/**
 * Version 1 of the messages that leave the gateway. The schema here is the one source: the published JSON Schema is
 * generated from it, and the tests hold the encoder against it.
 *
 * Absent means unknown; nothing is invented. `(gateway, epoch, seq)` identifies a record for ever, so a
 * receiver can drop what comes twice.
 */
import { z } from 'zod';
import { ALERT_EVENTS, ALERT_REASONS, type AlertEventName, type AlertReason, SEVERITIES } from '../domain/alert.ts';
import { CONTEST_REASONS, type ContestReason } from '../domain/contest-reason.ts';
import { GAP_CAUSES, type GapCause } from '../domain/gap.ts';
import type { EncodedBatch, RecordKind, TimeBounds } from '../domain/record.ts';

const seq = z.int().nonnegative().describe('Sequence number of the record in its store; ascending within a message');
const athlete = z.string().min(1).describe('Athlete id from the athletes file; never a name');
const unixMs = (what: string) => z.int().describe(`${what}, Unix time in ms`);

/** Each word of a closed list with what it means. */
function explained(list: Readonly<Record<string, string>>): string {
  return Object.entries(list)
    .map(([word, text]) => `\`${word}\`, ${text}`)
    .join('; ');
}

const sampleSchema = z
  .strictObject({
    seq,
    athlete,
    strap: z
      .string()
      .regex(/^[0-9a-f]{12}$/)
      .describe('Bluetooth address of the strap: twelve lower-case hex digits, without colons'),
    t: unixMs('When the reading arrived'),
    bpm: z.int().min(1).max(65_535).optional().describe('Heart rate in beats per minute; absent where unknown'),
    rr: z
      .array(z.number().nonnegative())
      .min(1)
      .optional()
      .describe(
        'RR intervals in ms, oldest first, rounded to two decimals: the exact value is the nearest multiple of 1000/1024. Absent where the strap sent none',
      ),
    contact: z.enum(['detected', 'lost', 'unsupported']).describe('Skin contact as the strap reports it'),
    energyKj: z.int().min(0).max(65_535).optional().describe("Energy expended since the strap's last reset, kJ"),
    way: z
      .literal('broadcast')
      .optional()
      .describe("Where the reading came in the strap's advertisement; absent where it came over a link"),
    contested: z
      .array(z.enum(Object.keys(CONTEST_REASONS) as ContestReason[]))
      .min(1)
      .optional()
      .describe(
        `Why the reading may not be what it says it is: ${explained(CONTEST_REASONS)}. Absent where nothing speaks against it`,
      ),
  })
  .meta({ title: 'Sample', description: 'One heart-rate notification or broadcast of one athlete' });

const alertSchema = z
  .strictObject({
    seq,
    athlete,
    rule: z.string().min(1).describe("The rule's name in the athletes file"),
    event: z
      .enum(Object.keys(ALERT_EVENTS) as AlertEventName[])
      .describe(
        `What has happened: ${explained(ALERT_EVENTS)}. A rule has at most one open alert for an athlete; each event says how it stands after it`,
      ),
    t: unixMs('What the event belongs to: for an average, the end of its window'),
    value: z
      .number()
      .optional()
      .describe(
        "What was held against the limit, in the limit's unit: bpm for averages and single heart rates, bpm of difference for a change or a recovery, ms for RMSSD, s for time in a zone or without a signal. Absent where nothing was measured",
      ),
    above: z.number().optional().describe('The upper limit in force'),
    below: z.number().optional().describe('The lower limit in force'),
    alert: z.string().min(1).optional().describe('Names the alert: the same in all of its events, and in no other'),
    severity: z.enum(SEVERITIES).optional().describe('How grave the alert is after this event'),
    shadow: z.literal(true).optional().describe('The rule is on trial: this alarms nobody. Absent where it is not'),
    estimated: z
      .literal(true)
      .optional()
      .describe('The limit rests on a maximum heart rate estimated from the age. Absent where it does not'),
    reason: z
      .enum(Object.keys(ALERT_REASONS) as AlertReason[])
      .optional()
      .describe(`Why it is graver or over: ${explained(ALERT_REASONS)}`),
    by: z.string().optional().describe('Who has taken notice: the id of a person, never a name'),
    note: z
      .string()
      .optional()
      .describe('With what words. Absent unless the gateway is set to send them (`privacy.send_notes`)'),
    until: unixMs('The end of the quiet that was asked for').optional(),
    snoozedBy: z.string().optional().describe('Who has asked for that quiet: the id of a person, never a name'),
    athletesVersion: z
      .string()
      .regex(/^[0-9a-f]{12}$/)
      .optional()
      .describe(
        'Version of the athletes file that was in force at the event: the first twelve hex digits of the SHA-256 of its bytes. Absent where there was no such file',
      ),
  })
  .meta({ title: 'Alert', description: 'A threshold set by a clinician was crossed, or is held again' });

const gapSchema = z
  .strictObject({
    seq,
    athlete,
    from: unixMs('The last reading before the gap, or the first one lost'),
    to: unixMs('The first reading after the gap, or the last one lost')
      .optional()
      .describe(
        'The first reading after the gap, or the last one lost, Unix time in ms. Absent while it goes on: an entry with the same `from` tells the end',
      ),
    cause: z.enum(Object.keys(GAP_CAUSES) as GapCause[]).describe(`Why: ${explained(GAP_CAUSES)}`),
    count: z.int().positive().optional().describe('How many readings were lost; absent for a silence'),
  })
  .meta({ title: 'Gap', description: 'Readings that will not be delivered' });

const frame = {
  v: z.literal(1).describe('Version of this format'),
  gateway: z.string().min(1).describe("The gateway's name, also its MQTT client id"),
  epoch: z.string().min(1).describe('Names the store the records come from; a new store is a new epoch'),
  clock: z
    .strictObject({
      state: z.literal('unsynchronised').describe('The gateway did not know the time, and never learned it'),
      notBefore: unixMs('No record is older')
        .optional()
        .describe('No record is older, Unix time in ms. Absent where nothing tells'),
      notAfter: unixMs('No record is newer')
        .optional()
        .describe('No record is newer, Unix time in ms. Absent where nothing tells'),
    })
    .optional()
    .describe(
      'What is known of the time where the times of these records are not right: they tell durations, and nothing else. Absent where they are right',
    ),
};

export const messageSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...frame, kind: z.literal('samples'), samples: z.array(sampleSchema).min(1) }),
    z.strictObject({ ...frame, kind: z.literal('alerts'), alerts: z.array(alertSchema).min(1) }),
    z.strictObject({ ...frame, kind: z.literal('gaps'), gaps: z.array(gapSchema).min(1) }),
  ])
  .meta({ title: 'sideline message, version 1', description: 'Records of one kind, from one gateway' });

export type Message = z.infer<typeof messageSchema>;

/** What a response publishes to a topic nearby: one alert, which may not be stored yet and has no number then. */
export const topicAlertSchema = alertSchema
  .omit({ seq: true })
  .extend({ v: frame.v, gateway: frame.gateway })
  .meta({ title: 'sideline alert on a local topic, version 1', description: 'One alert, as it is told at the pitch' });

/** The largest payload that AWS IoT Core takes, bytes; kept for every broker, so that the same message fits all. */
export const MAX_PAYLOAD_BYTES = 128 * 1024;

const CLOSING_BRACE = 0x7d;

/**
 * The message of a batch, as UTF-8 JSON in the order of the schema, without white space. It is made in the buffer of the
 * entries where there is room: a drain has megabytes of them a second.
 */
export function encodeMessage(gateway: string, batch: EncodedBatch): Uint8Array<ArrayBuffer> {
  const { kind, epoch, unsynchronised, entries } = batch;
  const clock = unsynchronised === undefined ? undefined : clockEntry(unsynchronised);
  const frame = JSON.stringify({ v: 1, gateway, epoch, clock, kind });
  const head = Buffer.from(`${frame.slice(0, -1)},"${kind}":`);
  const message = inPlace(entries, head.length) ?? copied(entries, head.length);
  message.set(head);
  message[message.length - 1] = CLOSING_BRACE;
  return message;
}

/** The entries where they are, with so many bytes before and one behind them; undefined where there is no room. */
function inPlace(entries: Uint8Array<ArrayBuffer>, headBytes: number): Uint8Array<ArrayBuffer> | undefined {
  const { buffer, byteOffset, length } = entries;
  if (byteOffset < headBytes || byteOffset + length >= buffer.byteLength) return undefined;
  return new Uint8Array(buffer, byteOffset - headBytes, headBytes + length + 1);
}

function copied(entries: Uint8Array, headBytes: number): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(headBytes + entries.length + 1);
  message.set(entries, headBytes);
  return message;
}

function clockEntry({ notBeforeMs, notAfterMs }: TimeBounds): Message['clock'] {
  return { state: 'unsynchronised', notBefore: rounded(notBeforeMs), notAfter: rounded(notAfterMs) };
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}

const TOPIC_ENDINGS = { samples: 'samples', alerts: 'alerts', gaps: 'health' } as const;

/** Where messages of this kind go: gaps are news about the gateway's health. */
export function topicFor(prefix: string, gateway: string, kind: RecordKind): string {
  return `${prefix}/${gateway}/${TOPIC_ENDINGS[kind]}`;
}
