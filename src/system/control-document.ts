/**
 * Version 1 of what a running gateway is told to do, and of what it answers: one JSON document on a line each way. The
 * schemas here are the one source: of the types, of the published JSON Schemas, and of what either side makes sure of.
 *
 * A gateway refuses a request in which there is anything that it does not know, since it would do something else than it
 * was told. A reader of an answer passes over what it does not know. Whatever else changes is another version.
 */
import { z } from 'zod';
import { SEVERITIES } from '../domain/alert.ts';
import { NOTE_PATTERN, SNOOZE_MS } from '../domain/alert-command.ts';
import { ID_PATTERN } from '../domain/id-pattern.ts';

export const CONTROL_VERSION = 1;

const common = {
  v: z.literal(CONTROL_VERSION),
  athlete: z.string().regex(ID_PATTERN).describe('Athlete id from the athletes file'),
  rule: z.string().regex(ID_PATTERN).optional().describe('One alert; absent for all that are open of the athlete'),
  by: z.string().regex(ID_PATTERN).describe('Who: the id of a person, which leaves the gateway; never a name'),
};

export const controlRequestSchema = z
  .discriminatedUnion('action', [
    z.strictObject({
      ...common,
      action: z.literal('acknowledge'),
      note: z
        .string()
        .regex(NOTE_PATTERN)
        .optional()
        .describe('One line; it stays on the gateway unless `privacy.send_notes` says otherwise'),
    }),
    z.strictObject({
      ...common,
      action: z.literal('snooze'),
      forMs: z.int().min(SNOOZE_MS.least).max(SNOOZE_MS.most).describe('For how long, ms'),
    }),
  ])
  .meta({ title: 'sideline control request', description: 'What a running gateway is told to do, on one line.' });

export type ControlRequest = z.infer<typeof controlRequestSchema>;

const alertSchema = z.object({
  athlete: z.string(),
  rule: z.string(),
  alert: z.string().optional().describe('Names the alert in the messages'),
  severity: z.enum(SEVERITIES).optional(),
  acknowledgedBy: z.string().optional().describe('Who has taken notice'),
  snoozedForMs: z.int().nonnegative().optional().describe('How much longer it is to be quiet, ms'),
});

const result = <Outcome extends string, Shape extends z.ZodRawShape>(outcome: Outcome, shape: Shape) =>
  z.object({ v: z.literal(CONTROL_VERSION), version: z.string(), outcome: z.literal(outcome), ...shape });

export const controlAnswerSchema = z
  .discriminatedUnion('outcome', [
    result('done', {
      stored: z
        .enum(['on-disk', 'in-memory', 'waiting'])
        .describe(
          'Where it is. What is `in-memory`, as the disk fails, or `waiting` to be written holds, and is lost with the power',
        ),
      alerts: z.array(alertSchema).min(1).describe('Each alert that it was done to, as it is now'),
    }),
    result('nothing-open', {
      open: z.array(z.object({ athlete: z.string(), rule: z.string() })).describe('All alerts that are open'),
    }),
    result('unknown-athlete', { athletes: z.array(z.string()).describe('Those there are') }),
    result('unknown-rule', { rules: z.array(z.string()).describe('Those that the athlete has') }),
    result('refused', { reason: z.string(), remedy: z.string() }),
  ])
  .meta({
    title: 'sideline control answer',
    description: 'What came of a request: the output of `sideline acknowledge --json` and `sideline snooze --json`.',
  });

export type ControlAnswer = z.infer<typeof controlAnswerSchema>;

type Unframed<Answer> = Answer extends ControlAnswer ? Omit<Answer, 'v' | 'version'> : never;

/** An answer without what is the same in all. */
export type ControlResult = Unframed<ControlAnswer>;
