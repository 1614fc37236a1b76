/** One rule of one athlete as its layers make it, with where each of its keys was written. */
import { type Layer, OFF, type RawRule } from './rule-layers.ts';
import type { Path } from './yaml-file.ts';

/** What one layer says of the rule. */
export interface RulePart {
  /** Of the rule in that layer. */
  readonly path: Path;
  readonly raw: RawRule;
}

export interface MergedRule {
  readonly name: string;
  readonly raw: RawRule;
  /** Lowest first; those that something above has replaced are not among them. Never empty, unless it is off. */
  readonly parts: readonly RulePart[];
  /** The place that ends the rule. */
  readonly off?: Path;
}

/**
 * Each layer changes the keys that it writes. One of another kind replaces what is below it, since parameters of one
 * kind make no sense in another. A layer that says anything about a rule that is off below it has it on again.
 */
export function mergedRule(layers: readonly Layer[], name: string): MergedRule {
  let merged: MergedRule = { name, raw: {}, parts: [] };
  for (const { owner, rules } of layers) {
    const raw = rules.get(name);
    if (raw !== undefined) merged = withPart(merged, [...owner, 'rules', name], raw);
  }
  return merged;
}

/** The rule with one more layer above it. */
export function withPart({ name, raw: below, parts }: MergedRule, path: Path, raw: RawRule | typeof OFF): MergedRule {
  if (raw === OFF) return { name, raw: below, parts, off: path };
  const replaces = raw['kind'] !== undefined && raw['kind'] !== below['kind'];
  const part: RulePart = { path, raw };
  return replaces ? { name, raw, parts: [part] } : { name, raw: { ...below, ...raw }, parts: [...parts, part] };
}

/** How far up the key was written, from 0; −1 if nowhere. */
export function heightOf({ parts }: MergedRule, key: string): number {
  return parts.findLastIndex(({ raw }) => Object.hasOwn(raw, key));
}

/** Where the key was written: the path of the rule in that layer. */
export function homeOf(merged: MergedRule, key: string): Path | undefined {
  return merged.parts[heightOf(merged, key)]?.path;
}

/** The highest place that says anything of the rule. */
export function topOf({ parts }: MergedRule): Path {
  const top = parts.at(-1);
  if (top === undefined) throw new Error('a rule of which nobody says anything');
  return top.path;
}
