/** The responses that rules name, against those that the gateway's own file defines: a wrong name would call nobody. */
import { isMapping } from './issue-problems.ts';
import { suggest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { quoteText, subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

export function unknownResponses(file: YamlFile, known: readonly string[]): Problem[] {
  return [...ruleMaps(file.data, [])].flatMap(([rules, path]) =>
    Object.entries(rules).flatMap(([name, rule]) => ruleProblems(file, [...path, name], rule, known)),
  );
}

/** Every map of rules, wherever in the file it stands. */
function* ruleMaps(value: unknown, path: Path): Generator<[Readonly<Record<string, unknown>>, Path]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* ruleMaps(item, [...path, index]);
  } else if (isMapping(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (key === 'rules' && !isNamed(path) && isMapping(item)) yield [item, [...path, key]];
      else yield* ruleMaps(item, [...path, key]);
    }
  }
}

/** Its keys are names, of which one may be "rules". */
function isNamed(path: Path): boolean {
  return path.length === 1 && (path[0] === 'presets' || path[0] === 'teams');
}

function ruleProblems(file: YamlFile, path: Path, rule: unknown, known: readonly string[]): Problem[] {
  const named: readonly unknown[] = isMapping(rule) && Array.isArray(rule['responses']) ? rule['responses'] : [];
  return named.flatMap((name, index) => {
    const place: Path = [...path, 'responses', index];
    if (typeof name !== 'string' || known.includes(name) || file.isUnexpanded(place)) return [];
    const what = `${subject(file, path)} names the response ${quoteText(name)}, which the gateway's file does not have`;
    const remedy = known.length === 0 ? 'add it to "responses" there, or remove it here' : suggest(name, known);
    return [file.problem(place, 'value', what, remedy)];
  });
}
