/** Makes sure of what a running gateway has answered, which may be of another version than this program. */
import { z } from 'zod';
import { notUnderstood, unavailable } from './gateway-line.ts';
import { version } from './version.ts';

/** What every version of every answer has. */
const anySchema = z.object({ v: z.int(), version: z.string() });

export interface Answer<Document> {
  /** As it came, with what this program does not know. */
  readonly json: unknown;
  readonly document: Document;
}

/**
 * @param what the answer is to be, as in "no status of a gateway"
 * @throws OperatingError `gateway-unavailable` when it is not understood
 */
export function understood<Document>(
  text: string,
  { path, schema, expected, what }: { path: string; schema: z.ZodType<Document>; expected: number; what: string },
): Answer<Document> {
  const json = parsed(text);
  const any = anySchema.safeParse(json);
  if (!any.success) throw notUnderstood(path, `it is no ${what} of a gateway, or not all of one`);
  const answer = schema.safeParse(json);
  if (answer.success) return { json, document: answer.data };
  const { v, version: theirs } = any.data;
  if (v === expected) {
    const [issue] = answer.error.issues;
    throw notUnderstood(path, `sideline ${theirs}, here ${version()}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const age = v > expected ? 'newer' : 'older';
  throw unavailable(
    `the gateway at ${path} is ${age} than this program: it is sideline ${theirs} and answers in version ${v}, this is ${version()} and understands version ${expected}`,
    v > expected
      ? 'ask with the program that the gateway was started from'
      : 'restart the gateway, or ask with the program that it was started from',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
