/**
 * A YAML file as plain data that still knows where each value stood. Environment variables are in place in
 * `data`; what was written in the file stays available as `written`, which is all that messages may show:
 * a variable can hold a secret.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { expand, referenceTo } from './environment.ts';
import type { Problem } from './problem.ts';
import { syntaxProblem } from './yaml-syntax.ts';

export type Path = readonly (string | number)[];

/**
 * Aliases may multiply what a file holds at most this often, so that a few lines do not become gigabytes:
 * enough for every athlete to share the same block.
 */
const ALIAS_MAX = 1_000;

interface Place {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

export class YamlFile {
  readonly shown: string;
  /** Undefined where the text is no YAML or is empty. */
  readonly data: unknown;
  /** Syntax that leaves no doubt about the rest, such as a key given twice, is a problem but not broken. */
  readonly broken: boolean;
  readonly problems: readonly Problem[];
  readonly #document: Document;
  readonly #lines = new LineCounter();
  /** Texts as they stood before environment variables took their place, by the value's offset. */
  readonly #written = new Map<number, string>();
  readonly #unexpanded = new Set<number>();

  constructor(shown: string, text: string, env: NodeJS.ProcessEnv) {
    this.shown = shown;
    // A `%YAML 1.1` directive must not turn `no` into false: the core schema holds for every file.
    const options = { lineCounter: this.#lines, prettyErrors: false, stringKeys: true, schema: 'core' } as const;
    this.#document = parseDocument(text, options);
    const syntax = this.#syntaxProblems(text);
    const breaking = syntax.some(({ fatal }) => fatal) ? [] : this.#forbidden();
    this.broken = breaking.length > 0 || syntax.some(({ fatal }) => fatal);
    this.problems = [...syntax, ...breaking, ...(this.broken ? [] : this.#expandAll(env))];
    const data: unknown = this.broken ? undefined : this.#plain();
    if (!this.broken && (data === undefined || data === null)) {
      const [what, remedy] =
        data === null
          ? ['the file is empty', 'fill it in as the reference page shows']
          : ['the file has too many aliases', 'write the values out'];
      this.broken = true;
      this.problems = [...this.problems, this.#at(0, what, remedy)];
    }
    this.data = data;
  }

  /** A problem at the value, or at the key if the value is empty or `part` says so. */
  problem(path: Path, part: 'key' | 'value', what: string, remedy: string): Problem {
    return this.#at(this.#offset(path, part), what, remedy);
  }

  /** Counted from 1. */
  line(path: Path, part: 'key' | 'value' = 'value'): number {
    return this.#lines.linePos(this.#offset(path, part)).line;
  }

  /** The scalar's own text, before environment variables; undefined where there is none. */
  written(path: Path): string | undefined {
    const node = this.#find(path).value;
    if (!isScalar(node)) return undefined;
    return this.#written.get(offsetOf(node)) ?? node.source ?? String(node.value);
  }

  /** A variable in this value could not be taken: that is its problem, and any other follows from it. */
  isUnexpanded(path: Path): boolean {
    const { value } = this.#find(path);
    return value !== undefined && this.#unexpanded.has(offsetOf(value));
  }

  has(path: Path): boolean {
    return this.#find(path).value !== undefined;
  }

  #offset(path: Path, part: 'key' | 'value'): number {
    const { key, value } = this.#find(path);
    const empty = isScalar(value) && value.value === null;
    const node = part === 'key' || empty ? (key ?? value) : (value ?? key);
    return node === undefined ? 0 : offsetOf(node);
  }

  #find(path: Path): Place {
    let place: Place = { key: undefined, value: nodeOf(this.#document.contents) };
    for (const step of path) {
      const node = isAlias(place.value) ? place.value.resolve(this.#document) : place.value;
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        place = { key: nodeOf(pair?.key), value: nodeOf(pair?.value) };
      } else if (isSeq(node)) {
        place = { key: undefined, value: nodeOf(node.items[Number(step)]) };
      } else return { key: undefined, value: undefined };
    }
    return place;
  }

  /** Of broken syntax only the first place counts: what follows is mostly its echo. */
  #syntaxProblems(text: string): (Problem & { fatal: boolean })[] {
    const found = [...this.#document.errors, ...this.#document.warnings].map((error) => {
      const { what, remedy, fatal } = syntaxProblem(error, text);
      return { ...this.#at(error.pos[0], what, remedy), fatal };
    });
    const firstFatal = found.find(({ fatal }) => fatal);
    return found.filter((problem) => !problem.fatal || problem === firstFatal);
  }

  #expandAll(env: NodeJS.ProcessEnv): Problem[] {
    const problems: Problem[] = [];
    visit(this.#document, {
      Scalar: (key, node) => {
        if (key === 'key' || typeof node.value !== 'string') return;
        const { text, missing, malformed } = expand(node.value, env);
        const offset = offsetOf(node);
        for (const name of missing) {
          problems.push(this.#at(offset, `the environment has no variable ${name}`, `set ${name} before starting`));
        }
        if (malformed) {
          problems.push(
            this.#at(
              offset,
              '"${" names no variable',
              `write ${referenceTo('NAME')}, or $\${ for the characters themselves`,
            ),
          );
        }
        if (malformed || missing.length > 0) this.#unexpanded.add(offset);
        if (text !== node.value) this.#written.set(offset, node.source ?? node.value);
        node.value = text;
      },
    });
    return problems;
  }

  /** What YAML allows and no file of ours may have: values within themselves, merged maps, and a key that no object can hold safely. */
  #forbidden(): Problem[] {
    const problems: Problem[] = [];
    let aliases = 0;
    visit(this.#document, {
      Alias: (_key, node, ancestors) => {
        aliases += 1;
        if (aliases > ALIAS_MAX) {
          problems.push(this.#at(offsetOf(node), 'the file has too many aliases', 'write the values out'));
          return visit.BREAK;
        }
        const target = node.resolve(this.#document);
        if (target === undefined || ancestors.some((ancestor) => ancestor === target)) {
          problems.push(this.#at(offsetOf(node), 'this alias has no anchor before it', 'write the value out'));
        }
        return undefined;
      },
      Pair: (_key, { key }) => {
        if (!isScalar(key)) return;
        if (key.value === '__proto__') problems.push(this.#at(offsetOf(key), 'unknown key "__proto__"', 'remove it'));
        if (key.value === '<<') {
          const remedy = 'write the keys out; what all athletes share stands under "defaults" in the athletes file';
          problems.push(this.#at(offsetOf(key), 'merge keys ("<<") are not supported here', remedy));
        }
      },
    });
    return problems;
  }

  #plain(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount: ALIAS_MAX }) as unknown;
    } catch (error) {
      if (error instanceof ReferenceError) return undefined;
      throw error;
    }
  }

  #at(offset: number, what: string, remedy: string): Problem {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.shown, line: Math.max(line, 1), column: Math.max(col, 1), what, remedy };
  }
}

function nodeOf(node: unknown): Node | undefined {
  return isScalar(node) || isAlias(node) || isMap(node) || isSeq(node) ? node : undefined;
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
