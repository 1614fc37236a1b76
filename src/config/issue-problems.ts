/** Turns what zod found into problems with a place, in words that need no knowledge of zod, YAML or JavaScript. */
import { z } from 'zod';
import { suggest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { quoteKey, shownValue, subject, within } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

export type Issue = z.core.$ZodIssue;

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Parses with zod's own texts left out, so that an issue has a message only where a schema of ours wrote one. An
 * issue for unknown keys carries the known ones instead, which only the schema that refused them can tell.
 */
export function check<T>(schema: z.ZodType<T>, data: unknown): Checked<T> {
  const result = schema.safeParse(data, {
    error: ({ code, inst }) =>
      code === 'unrecognized_keys' && inst instanceof z.ZodObject ? Object.keys(inst.shape).join(' ') : '',
  });
  return result.success ? { ok: true, value: result.data } : { ok: false, issues: result.error.issues };
}

/** An issue's path as the file has it. */
export function pathOf(issue: Issue): Path {
  return issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
}

/** The problems of issues found in `data`, which stands in the file at `base`. */
export function problemsOf(file: YamlFile, issues: readonly Issue[], data: unknown, base: Path = []): Problem[] {
  return issues.flatMap((issue) =>
    issueProblems(file, issue, [...base, ...pathOf(issue)], valueAt(data, pathOf(issue))),
  );
}

/** The problems of one issue, whose value stands at the path given here. */
export function issueProblems(file: YamlFile, issue: Issue, path: Path, value: unknown): Problem[] {
  if (file.isUnexpanded(path)) return [];
  const name = subject(file, path);
  if (value === undefined && issue.code !== 'unrecognized_keys') return [missingProblem(file, path, optionsOf(issue))];
  const at = (what: string, remedy: string) => [file.problem(path, 'value', what, remedy)];
  if (value === null) return at(`${name} has no value`, 'write one, or remove the key if it is not needed');
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(file, path, key, issue.message.split(' ')));
    case 'invalid_key': {
      const [what, remedy] = sentence(issue.issues[0]?.message ?? '', name, undefined);
      return [file.problem(path, 'key', what, remedy)];
    }
    default:
  }
  if (issue.message !== '') return at(...sentence(issue.message, name, shownValue(file, path)));
  return at(...ownWords(issue, name, value, shownValue(file, path)));
}

/** @param options what may be given, where that is a short list */
export function missingProblem(file: YamlFile, path: Path, options: readonly string[] = []): Problem {
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const remedy = `add "${key}"${options.length === 0 ? '' : ` (${options.join(' or ')})`}`;
  return file.problem(parent, keyed(parent), `${quoteKey(key)}${within(file, parent)} is missing`, remedy);
}

/** A map that is an item of a list has no key to point at. */
function keyed(path: Path): 'key' | 'value' {
  return typeof path.at(-1) === 'string' ? 'key' : 'value';
}

function unknownKey(file: YamlFile, map: Path, key: string, known: readonly string[]): Problem {
  return file.problem([...map, key], 'key', `unknown key ${quoteKey(key)}${within(file, map)}`, suggest(key, known));
}

function ownWords(issue: Issue, name: string, value: unknown, shown: string | undefined): [string, string] {
  switch (issue.code) {
    case 'invalid_type':
      return [
        `expected ${wordFor(issue.expected)} for ${name}, got ${issue.expected === 'int' && typeof value === 'number' ? value : kindOf(value)}`,
        typeRemedy(issue.expected, value, shown),
      ];
    case 'too_small': {
      const [what, remedy] = tooSmall(issue.origin, value, String(issue.minimum));
      return [`${name} ${what}`, remedy];
    }
    case 'too_big': {
      const [what, remedy] = tooBig(value, String(issue.maximum));
      return [`${name} ${what}`, remedy];
    }
    case 'invalid_value':
    case 'invalid_union':
      return [`${name} is ${shown ?? kindOf(value)}, which is not known`, suggest(String(value), optionsOf(issue))];
    default:
      return [`${name} is not valid`, 'see the reference page of the configuration'];
  }
}

/** The values that would have done, where the schema has a closed list of them. */
function optionsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' && 'options' in issue ? (issue.options ?? []).map(String) : [];
}

function sentence(message: string, name: string, shown: string | undefined): [string, string] {
  const [what = '', remedy = 'see the reference page of the configuration'] = message.split('; ', 2);
  return [`${name} ${what.replace('{value}', shown ?? 'a value that is not shown')}`, remedy];
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

function wordFor(expected: string): string {
  return WORDS[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number without end';
  if (typeof value === 'boolean') return String(value);
  return wordFor(typeof value);
}

function typeRemedy(expected: string, value: unknown, shown: string | undefined): string {
  switch (expected) {
    case 'string':
      if (typeof value === 'object') return 'write a single text';
      return shown === undefined
        ? 'write it in quotes'
        : `write it in quotes: ${shown.startsWith('"') ? shown : `"${shown}"`}`;
    case 'number':
      return typeof value === 'string' ? 'write the number alone, without unit or quotes' : 'write a number';
    case 'int':
      return 'write a number without a fraction';
    case 'boolean':
      return 'write one of the two, without quotes';
    case 'array':
      return 'begin each item on a line of its own with "- "';
    default:
      return 'write its keys below it, indented';
  }
}

function tooSmall(origin: string, value: unknown, bound: string): [string, string] {
  if (value === '') return ['is empty', 'write a text, or remove the key'];
  if (typeof value === 'string') return [`has fewer than ${bound} characters`, `write ${bound} or more`];
  if (origin === 'array') return ['is an empty list', 'add one'];
  return [`is ${String(value)}, less than ${bound}`, `write ${bound} or more`];
}

function tooBig(value: unknown, bound: string): [string, string] {
  if (typeof value === 'string') return [`has ${value.length} characters, more than ${bound}`, 'shorten it'];
  if (Array.isArray(value)) return [`lists ${value.length}, more than ${bound}`, 'remove the others'];
  return [`is ${String(value)}, more than ${bound}`, `write ${bound} or less`];
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) value = isMapping(value) || Array.isArray(value) ? Reflect.get(value, step) : undefined;
  return value;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
