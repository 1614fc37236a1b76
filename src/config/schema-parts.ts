/**
 * The building blocks of the schemas.
 *
 * A message of ours follows the name of the thing that is wrong and is followed by what to do, after `; `.
 * `{value}` stands for what was written, which is put in only where it may be shown (see wording.ts).
 */
import { z } from 'zod';
import { DURATION_PATTERN, durationMs, durationText, SIZE_PATTERN, sizeBytes, sizeText } from './quantity.ts';

const DATE_FORM = 'write year, month and day, as in 2026-01-31';
const DATE_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

/** PATH_MAX of Linux. */
const PATH_MAX = 4_096;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Written with its unit, held in ms. Durations out of bounds are told them in the same units. */
export function duration({ min, max }: Bounds) {
  const range = `write a duration from ${durationText(min)} to ${durationText(max)}`;
  const form = 'write a number and ms, s, m or h, as in "60s"';
  return z
    .string({
      error: ({ input }) => (typeof input === 'number' ? `is {value}, which has no unit; ${form}` : undefined),
    })
    .regex(DURATION_PATTERN, `is {value}, which is no duration; ${form}`)
    .transform((text, context) => {
      const ms = durationMs(text);
      if (ms < min) context.addIssue({ code: 'custom', message: `is {value}, which is too short; ${range}` });
      if (ms > max) context.addIssue({ code: 'custom', message: `is {value}, which is too long; ${range}` });
      return ms;
    });
}

/** A day, as in 2026-01-31. YAML's core schema leaves it a text. */
export function date() {
  return z
    .string()
    .regex(DATE_PATTERN, { error: `is {value}, which is no date; ${DATE_FORM}`, abort: true })
    .refine(isDay, `is {value}, a day that there is not; ${DATE_FORM}`);
}

function isDay(text: string): boolean {
  const timeMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(text);
}

/** Written with its unit, held in bytes. */
export function size({ min }: Pick<Bounds, 'min'>) {
  const form = 'write a number and KB, MB, GB, KiB, MiB or GiB, as in "2GB"';
  return z
    .string({
      error: ({ input }) => (typeof input === 'number' ? `is {value}, which has no unit; ${form}` : undefined),
    })
    .regex(SIZE_PATTERN, `is {value}, which is no size; ${form}`)
    .transform((text, context) => {
      const bytes = sizeBytes(text);
      if (bytes < min) {
        context.addIssue({
          code: 'custom',
          message: `is {value}, which is too little; write ${sizeText(min)} or more`,
        });
      }
      return bytes;
    });
}

/** Digits in a text count as the number, since an environment variable is always a text. */
export function wholeNumber({ min, max }: Bounds) {
  return z.preprocess(numberFromDigits, z.int().min(min).max(max));
}

export function numberFromDigits(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

/** `true` and `false` in a text count as the value, since an environment variable is always a text. */
export function flag() {
  return z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());
}

/** The path of a file. A key or certificate pasted in its place is refused, and not repeated. */
export function filePath() {
  return z
    .string()
    .min(1)
    .max(PATH_MAX)
    .refine(isPath, 'is not the path of a file; save the content to a file and name that');
}

/** Whether a text could be a path at all and is not the content of a PEM file. */
export function isPath(text: string): boolean {
  return text !== '' && text.length <= PATH_MAX && !/[\0\r\n]|-----BEGIN/.test(text);
}
