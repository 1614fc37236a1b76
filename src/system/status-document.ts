/**
 * Version 1 of what a running gateway answers to whoever asks how it is. The schema here is the one source: the types
 * come from it, and the published JSON Schema; the asking side checks with it what it got. Neither names nor heart rates
 * are in it, but for what people write in the notes of alerts.
 *
 * Absent means unknown. Durations stand in place of instants where the clock may be wrong. A reader is to pass over what
 * it does not know; whatever else changes is another version.
 */
import { z } from 'zod';
import { SEVERITIES } from '../domain/alert.ts';
import { CONTEST_REASONS, type ContestReason } from '../domain/contest-reason.ts';
import { GAP_CAUSES, type GapCause } from '../domain/gap.ts';

export const STATUS_VERSION = 1;

export const SIGNALS = [
  'live',
  'no-reading',
  'contact-lost',
  'frozen',
  'no-signal',
  'out-of-range',
  'link-lost',
  'adapter-lost',
  'subscribed',
  'connecting',
  'searching',
] as const;

const athlete = z.string().describe('Athlete id from the athletes file');
const count = (what: string) => z.int().nonnegative().describe(what);
const agoMs = (what: string) => z.int().nonnegative().describe(`How long ago ${what}, ms`);

const athleteSchema = z.object({
  id: athlete,
  signal: z
    .enum(SIGNALS)
    .describe(
      'How the signal is; `live` alone means that usable heart rates come, and none of the others is a recovery',
    ),
  sinceReadingMs: agoMs('the last reading came; absent where none has since the start').optional(),
  way: z.literal('broadcast').optional().describe('Where the last reading came in an advertisement'),
  contested: z
    .array(z.enum(Object.keys(CONTEST_REASONS) as ContestReason[]))
    .optional()
    .describe('Why the last reading may not be what it says it is'),
  battery: z
    .object({ percent: z.number().min(0).max(100).optional(), low: z.boolean() })
    .optional()
    .describe('Of the strap; absent where it has told nothing'),
  adapter: z.string().optional().describe('By which the strap is read, or was last'),
  rssi: z
    .int()
    .min(-128)
    .max(127)
    .optional()
    .describe('How well that adapter heard the strap advertise, dBm, smoothed; absent where nobody knows'),
  sinceRssiMs: agoMs('that was: a strap with a link seldom advertises, and the value stays').optional(),
  openAlerts: z.array(z.string()).describe('The rules beyond their limits'),
  alerts: z
    .array(
      z.object({
        rule: z.string(),
        severity: z.enum(SEVERITIES),
        acknowledged: z.boolean(),
        acknowledgedBy: z.string().optional().describe('The id of whoever has taken notice'),
        note: z.string().optional().describe('With what words, in which there may be names'),
        snoozedForMs: z.int().nonnegative().optional().describe('How much longer it is to be quiet, ms'),
        snoozedBy: z.string().optional().describe('The id of whoever has asked for that'),
      }),
    )
    .optional()
    .describe('The same, with how grave each is, whether somebody has taken notice, and whether it is to be quiet'),
});

const uplinkSchema = z.object({
  name: z.string(),
  connected: z.boolean(),
  sinceAcknowledgedMs: agoMs(
    'the last message was acknowledged; absent where none has been since the start',
  ).optional(),
  backlog: z
    .object({
      alerts: count('Alert events'),
      gaps: count('Entries of the gap ledger'),
      samples: count('Readings'),
    })
    .optional()
    .describe('What is stored and not acknowledged; absent while the store cannot be read'),
  lanes: z
    .object({
      urgent: count('Alert events and entries of the gap ledger'),
      live: count('Readings of now: stored since the connection came up, and not left to the backfill'),
      backfill: count('Readings of before; without a connection all of them'),
    })
    .optional()
    .describe('The backlog by the lanes in which it waits, the most urgent first'),
  oldestMs: count('How old the oldest reading is that waits, ms; absent where none does, or nobody knows').optional(),
  unacknowledgedBytes: count('Bytes that are sent and not acknowledged').optional(),
  drainMs: count(
    'In how many ms nothing waits any more, if the backlog goes on shrinking as in the last minute; absent where it does not',
  ).optional(),
});

const storeSchema = z.object({
  path: z.string(),
  epoch: z.string().describe('Names this store in the messages'),
  head: count('The highest sequence number on the disk'),
  pending: count('Records that are not known to be on the disk yet'),
  usedBytes: count('What its files take up of the disk').optional(),
  maxBytes: count('What they may take up'),
  failing: z
    .boolean()
    .optional()
    .describe('Whether it cannot be written at the moment: the last write failed, or one has gone on for ten seconds'),
  inMemory: z
    .boolean()
    .optional()
    .describe('Whether its disk cannot be written, and records are in memory only, to be lost with the power'),
  writtenBytesPerDay: count(
    'What it would write to its disk in a day as in the last minute, bytes: an estimate, since the file system adds to it',
  ).optional(),
  roomMs: count(
    'How long an outage may last until the oldest readings are lost, as many as came in the last minute, ms; absent where none came',
  ).optional(),
  damaged: z
    .boolean()
    .optional()
    .describe('Whether damage was found in it since the start, or what is left of a damaged store lies beside it'),
});

const clockSchema = z.object({
  trusted: z.boolean().describe('Whether the wall clock is taken for right'),
  correctionMs: z
    .int()
    .optional()
    .describe(
      'By how much stamps of this boot were put right when the time became known, ms; absent where it was known when the gateway started',
    ),
});

const athletesFileSchema = z.object({
  version: z.string().describe('Of what is in force: the first twelve hex digits of the SHA-256 of its bytes'),
  problems: count('Problems of what is on the disk, for which it is not in force; absent where it is').optional(),
});

const gapSchema = z.object({
  athlete,
  cause: z.enum(Object.keys(GAP_CAUSES) as GapCause[]),
  gaps: count('How many, the one that goes on included'),
  seconds: count('How long those lasted that are over, s'),
  readings: count('How many readings are known to be lost; of a silence nobody knows'),
  open: z.boolean().describe('Whether one goes on'),
});

export const statusSchema = z
  .object({
    v: z.literal(STATUS_VERSION),
    gateway: z.string(),
    version: z.string().describe('Of the program'),
    timeMs: z.int().describe('The time by the clock of the gateway, Unix ms'),
    uptimeMs: z.int().nonnegative().describe('How long it has been running, ms'),
    athletes: z.array(athleteSchema).describe('In the order of the athletes file'),
    adapters: z.array(z.object({ adapter: z.string(), state: z.enum(['ready', 'lost']) })),
    uplinks: z.array(uplinkSchema),
    store: storeSchema,
    readingsPerSecond: z
      .number()
      .nonnegative()
      .optional()
      .describe('Readings that came in the last minute; absent in the first seconds'),
    clock: clockSchema.optional(),
    athletesFile: athletesFileSchema.optional().describe('Absent where there is no such file, as in a simulation'),
    gapsToday: z
      .object({
        gaps: count('How many'),
        seconds: count('How long those lasted that are over, s'),
        readings: count('How many readings are known to be lost'),
      })
      .optional()
      .describe('What the gap ledger has entered today by the day of the machine, and since the start'),
    gaps: z.array(gapSchema).describe('What the gap ledger has entered since the start, by athlete and cause'),
  })
  .meta({ title: 'sideline status', description: 'How a running gateway is: the output of `sideline status --json`.' });

export type StatusDocument = z.infer<typeof statusSchema>;
