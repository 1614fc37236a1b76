/** Merged rules that lack something which any of their layers could give, and which of them is told. */
import type { Problem } from './problem.ts';
import { subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

export interface Incomplete {
  readonly rule: string;
  readonly lack: string;
  /** The places that say anything of the rule, lowest first. */
  readonly layers: readonly string[];
  /** At the highest of them. */
  readonly problem: Problem;
}

/** What fewer layers lack already is said there, and not again for those who change something else in the rule. */
export function incompleteProblems(incomplete: readonly Incomplete[]): Problem[] {
  const blamed = new Map<string, Incomplete>();
  for (const found of incomplete) blamed.set([found.rule, found.lack, ...found.layers].join('\n\n'), found);
  const distinct = [...blamed.values()];
  return distinct.filter((found) => !distinct.some((other) => isBelow(other, found))).map(({ problem }) => problem);
}

function isBelow(other: Incomplete, { rule, lack, layers }: Incomplete): boolean {
  if (other.rule !== rule || other.lack !== lack || other.layers.length >= layers.length) return false;
  return other.layers.every((layer) => layers.includes(layer));
}

/** @param path of the rule in its highest layer */
export function choiceProblem(file: YamlFile, path: Path, choice: readonly string[]): Problem {
  const keys = choice.map((key) => `"${key}"`).join(' or ');
  return file.problem(path, 'key', `${subject(file, path)} needs ${keys}`, `add ${keys}${orElsewhere(path)}`);
}

function orElsewhere([home]: Path): string {
  switch (home) {
    case 'defaults':
      return ' here, or to every athlete';
    case 'teams':
      return ' here, or to every athlete of the team';
    case 'presets':
      return ' here, or to whatever uses it';
    default:
      return '';
  }
}
