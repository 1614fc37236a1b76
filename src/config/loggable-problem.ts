/**
 * Problems of the athletes file, and of gateway.yaml, as the log may have them. What is quoted in a problem may be the file's own text, and that
 * may be somebody's name: only words that are no person's stay, which are those of the file's format, and the ids and
 * rules that are in force. The place says the rest, and `sideline check` says it in full to whoever may read the file.
 */
import type { Team } from '../domain/athlete.ts';
import { describedAthletesSchema } from './athletes-schema.ts';
import { gatewaySchema } from './gateway-schema.ts';
import { type JsonSchema, plainJsonSchema } from './json-schema.ts';
import type { Problem } from './problem.ts';

export interface LoggableProblem {
  /** `file:line:column`. */
  readonly place: string;
  readonly what: string;
  readonly remedy: string;
}

/** What problems of ours quote and no file has said. */
const OUR_OWN = [
  ...['60s', '85 % max', '85 % reserve', '85 % treadmill', 'a0:9e:1a:00:00:07'],
  ...['- ', '---', ': ', ':', '*', '&', '!', '.', '_', '-', '<<', '__proto__', '${'],
];

/** The words that may be told while this team is the one in force. */
export function tellableWords(team: Team): ReadonlySet<string> {
  const words = new Set<string>(OUR_OWN);
  collectWords(plainJsonSchema(describedAthletesSchema()), words);
  for (const { id, rules } of team) {
    words.add(id);
    for (const { name } of rules) words.add(name);
  }
  return words;
}

/**
 * As `tellableWords`, for a problem of gateway.yaml. No person is in that file, and the variables in it are the operator's:
 * but somebody may have named the wrong file for it.
 */
export function tellableGatewayWords({ what }: Problem): ReadonlySet<string> {
  const words = new Set<string>(OUR_OWN);
  collectWords(plainJsonSchema(gatewaySchema), words);
  const [, variable] = /^the environment has no variable (\w+)$/.exec(what) ?? [];
  if (variable !== undefined) words.add(variable);
  return words;
}

export function loggable({ file, line, column, what, remedy }: Problem, words: ReadonlySet<string>): LoggableProblem {
  return { place: `${file}:${line}:${column}`, what: withoutTexts(what, words), remedy: withoutTexts(remedy, words) };
}

/** One of the athletes file, in which a number without quotes may be a heart rate, an age or a day of birth. */
export function loggableOfAthletes(problem: Problem, words: ReadonlySet<string>): LoggableProblem {
  const { what, ...more } = loggable(problem, words);
  return { ...more, what: withoutNumbers(what) };
}

/** What is quoted is a word of the file's format, and times have their unit. */
function withoutNumbers(sentence: string): string {
  return sentence
    .split(/("[^"]*")/)
    .map((part) => (part.startsWith('"') ? part : part.replace(/(?<![\w.])-?\d[\d.-]*(?!\w)/g, '…')))
    .join('');
}

/**
 * Nothing that is quoted has a quote in it (see wording.ts), so that what stands between two is one text. The names to
 * choose from stand at the end and without quotes (see nearest.ts), and may be those that the file gives.
 */
function withoutTexts(sentence: string, words: ReadonlySet<string>): string {
  const tellable = (text: string) => (words.has(text) ? text : '…');
  return (
    sentence
      .replace(/"([^"]*)"/g, (_, text: string) => `"${tellable(text)}"`)
      // Unquoted are a variable's name, and a rule's where an example is given.
      .replace(/(no variable |^set |as in \{ )([^\s:]+)/, (_, before: string, text: string) => before + tellable(text))
      .replace(/known here: (.*)$/s, (_, names: string) => `known here: ${names.split(', ').map(tellable).join(', ')}`)
  );
}

/** The keys of the format, and the values that it has words for. */
function collectWords(schema: unknown, words: Set<string>): void {
  if (typeof schema !== 'object' || schema === null) return;
  const { properties, enum: values, const: value } = schema as JsonSchema;
  for (const key of Object.keys(properties ?? {})) words.add(key);
  for (const one of [...(values ?? []), value]) if (typeof one === 'string') words.add(one);
  for (const part of Object.values(schema)) collectWords(part, words);
}
