/**
 * What is wrong with what one layer says of a rule, by itself: said where it stands, once, however many athletes it is
 * for.
 */
import { check, type Issue, issueProblems, pathOf } from './issue-problems.ts';
import { type MergedRule, withPart } from './merged-rule.ts';
import { nearest, suggest } from './nearest.ts';
import { comingDays } from './past-days.ts';
import type { Problem } from './problem.ts';
import { type Layer, OFF, type RawRule, type Stack } from './rule-layers.ts';
import type { RuleSchemas } from './rule-schemas.ts';
import { quoteText, subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

export class LayerProblems {
  readonly #file: YamlFile;
  readonly #schemas: RuleSchemas;
  readonly #todayMs: number | undefined;
  readonly #problems: Problem[] = [];
  /** Places whose values were looked at, with the kind that they were taken for. */
  readonly #seen = new Set<string>();
  /** A preset may switch off what only some who use it have, so this is known when all were looked at. */
  readonly #offForNothing = new Map<string, Problem>();
  readonly #offForSomething = new Set<string>();

  /** @param todayMs Unix time, by which days are judged; absent where they are not */
  constructor(file: YamlFile, schemas: RuleSchemas, todayMs: number | undefined) {
    this.#todayMs = todayMs;
    this.#file = file;
    this.#schemas = schemas;
  }

  /** Looks at every rule of a stack. That something below is missing is only said where nothing else can be why. */
  look({ layers, isWhole }: Stack): void {
    const merged = new Map<string, MergedRule>();
    for (const [height, { owner, rules }] of layers.entries()) {
      const below = layers.slice(0, height);
      const user = layers.slice(height).find((layer) => layer.owner[0] !== 'presets')?.owner ?? owner;
      const isAllBelow = isWhole && below.every(({ isSound }) => isSound);
      for (const [name, raw] of rules) {
        const path = [...owner, 'rules', name];
        const before = merged.get(name) ?? { name, raw: {}, parts: [] };
        if (raw === OFF) {
          if (isAllBelow) this.#lookAtOff(path, before, below, user);
        } else if (raw['kind'] !== undefined || before.parts.length > 0) {
          this.#lookAtValues(path, raw, raw['kind'] ?? before.raw['kind']);
        } else if (isAllBelow) this.#lacksKind(path, below, user);
        merged.set(name, withPart(before, path, raw));
      }
    }
  }

  /** A preset that nobody uses is judged as far as it can be without what it would change. */
  lookAtUnused({ owner, rules }: Layer): void {
    for (const [name, raw] of rules) {
      if (raw !== OFF && raw['kind'] !== undefined) this.#lookAtValues([...owner, 'rules', name], raw, raw['kind']);
    }
  }

  problems(): Problem[] {
    const forNothing = [...this.#offForNothing].filter(([place]) => !this.#offForSomething.has(place));
    return [...this.#problems, ...forNothing.map(([, problem]) => problem)];
  }

  /** @param kind as it is written, here or below */
  #lookAtValues(path: Path, raw: RawRule, kind: unknown): void {
    if (!this.#isNew(path, String(kind))) return;
    const schemas = this.#schemas.of(kind);
    if (schemas === undefined) {
      if (raw['kind'] !== undefined) this.#problems.push(...this.#wrongKind(path, kind));
      return;
    }
    const result = check(schemas.partial, raw);
    this.#problems.push(
      ...(result.ok
        ? comingDays(this.#file, schemas.kind, path, raw, this.#todayMs)
        : result.issues.flatMap((issue) => ruleIssue(this.#file, issue, path, raw))),
    );
  }

  #lookAtOff(path: Path, before: MergedRule, below: readonly Layer[], user: Path): void {
    const place = path.join('\n');
    if (before.parts.length > 0) {
      this.#offForSomething.add(place);
      return;
    }
    const near = nearest(String(path.at(-1)), namesOf(below));
    const remedy = near === undefined ? 'remove it' : `did you mean "${near}"?`;
    const what = `${subject(this.#file, path)} is switched off, and ${this.#nothingIn(below, path, user)}`;
    if (!this.#offForNothing.has(place)) this.#offForNothing.set(place, this.#file.problem(path, 'key', what, remedy));
  }

  #wrongKind(path: Path, kind: unknown): Problem[] {
    const known = this.#schemas.names;
    const rule = subject(this.#file, path);
    const place: Path = [...path, 'kind'];
    if (this.#file.isUnexpanded(place)) return [];
    if (typeof kind === 'string') {
      const what = `${rule} has the unknown kind ${quoteText(this.#file.written(place) ?? '')}`;
      return [this.#file.problem(place, 'value', what, suggest(kind, known))];
    }
    const what = `${rule} has a kind that is no text`;
    return [this.#file.problem(place, 'value', what, `known here: ${known.join(', ')}`)];
  }

  /** A rule whose name is nearly that of one below was probably meant to change that. */
  #lacksKind(path: Path, below: readonly Layer[], user: Path): void {
    if (!this.#isNew(path, '')) return;
    const rule = subject(this.#file, path);
    const near = nearest(String(path.at(-1)), namesOf(below));
    const add = `add "kind" (${this.#schemas.names.join(', ')})`;
    const what =
      below.length === 0 ? `${rule} has no "kind"` : `${rule} has no "kind", and ${this.#nothingIn(below, path, user)}`;
    const remedy = near === undefined ? add : `did you mean "${near}"? Otherwise ${add}`;
    this.#problems.push(this.#file.problem(path, 'key', what, remedy));
  }

  /** Defaults alone are what most files have. Whether a preset is right is a matter of who uses it. */
  #nothingIn(below: readonly Layer[], path: Path, user: Path): string {
    if (path[0] === 'presets') return `${subject(this.#file, user)} has no rule of its name before it`;
    return below.every(({ owner }) => owner[0] === 'defaults')
      ? 'no default rule has its name'
      : 'nothing before it has a rule of its name';
  }

  #isNew(path: Path, as: string): boolean {
    const key = [...path, as].join('\n');
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}

function ruleIssue(file: YamlFile, issue: Issue, path: Path, raw: RawRule): Problem[] {
  const [key] = pathOf(issue);
  return issueProblems(file, issue, [...path, ...pathOf(issue)], key === undefined ? raw : raw[key]);
}

function namesOf(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ rules }) => [...rules.keys()]);
}
