/** The schemas of the kinds of rules for one look at a file, each made once: making one takes longer than using it. */
import type { z } from 'zod';
import { completeRule, type KindDescription, type KindDescriptions, partialRule } from './rule-schema.ts';

export interface KindSchemas {
  readonly kind: KindDescription;
  /** Of a rule with everything it needs. */
  readonly complete: z.ZodType<unknown>;
  /** Of what one layer says of a rule. */
  readonly partial: z.ZodType<unknown>;
}

export class RuleSchemas {
  readonly #kinds: KindDescriptions;
  readonly #made = new Map<string, KindSchemas>();

  constructor(kinds: KindDescriptions) {
    this.#kinds = kinds;
  }

  get names(): string[] {
    return Object.keys(this.#kinds);
  }

  /** @param name as it is written; nothing unless it is that of a kind */
  of(name: unknown): KindSchemas | undefined {
    if (typeof name !== 'string' || !Object.hasOwn(this.#kinds, name)) return undefined;
    const kind = this.#kinds[name];
    const made = this.#made.get(name);
    if (made !== undefined || kind === undefined) return made;
    const schemas = { kind, complete: completeRule(name, kind), partial: partialRule(name, kind) };
    this.#made.set(name, schemas);
    return schemas;
  }
}
