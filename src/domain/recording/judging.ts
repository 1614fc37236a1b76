/** How much of what was recorded each rule of an athlete could say anything about: no alerts may mean that nothing was seen. */
import { RULE_KINDS, type Rule } from '../rules/kinds.ts';
import type { ParameterTable, Reading, RuleKind, RuleState } from '../rules/rule.ts';
import { type Sample, usableBpm } from '../sample.ts';

export interface Judgement {
  readonly rule: string;
  /** What the rule judges: windows with at least one usable reading, or the usable readings themselves. */
  readonly of: 'window' | 'reading';
  readonly given: number;
  /** Those of them that could be held against the limits. */
  readonly judged: number;
}

/** Of one athlete. */
export class Judging {
  readonly #counts: readonly { readonly rule: string; readonly windows?: readonly [WindowCount, WindowCount] }[];
  #newestMs = Number.NEGATIVE_INFINITY;
  #readings = 0;

  constructor(rules: readonly Rule[]) {
    this.#counts = rules.map((rule) => {
      const { name, parameters } = rule;
      if (!('window' in parameters)) return { rule: name };
      // With nothing asked for, the kind itself judges every window that has a reading.
      const undemanding = { ...rule, parameters: { ...parameters, coverage: 0, valid: 0 } } as Rule;
      return { rule: name, windows: [new WindowCount(undemanding), new WindowCount(rule)] };
    });
  }

  takes(sample: Sample): void {
    const bpm = usableBpm(sample);
    const { timeMs, rrMs } = sample;
    // One that comes late belongs to what has been counted.
    if (bpm === undefined || timeMs < this.#newestMs) return;
    this.#newestMs = timeMs;
    this.#readings += 1;
    for (const { windows = [] } of this.#counts) {
      for (const count of windows) count.takes({ timeMs, bpm, rrMs, isContested: false });
    }
  }

  /** Nothing comes any more. In the order of the rules. */
  end(): Judgement[] {
    return this.#counts.map(({ rule, windows }) => {
      if (windows === undefined) return { rule, of: 'reading', given: this.#readings, judged: this.#readings };
      const [given, judged] = windows;
      return { rule, of: 'window', given: given.end(this.#newestMs), judged: judged.end(this.#newestMs) };
    });
  }
}

class WindowCount {
  readonly #kind: AnyKind;
  readonly #parameters: Rule['parameters'];
  readonly #state: RuleState;
  #judged = 0;

  constructor({ kind, parameters }: Rule) {
    this.#kind = RULE_KINDS[kind] as unknown as AnyKind;
    this.#parameters = parameters;
    this.#state = this.#kind.begin(parameters);
  }

  takes(reading: Reading): void {
    this.#passed(reading.timeMs);
    this.#kind.reading(this.#state, reading, this.#parameters);
  }

  end(newestMs: number): number {
    if (newestMs > Number.NEGATIVE_INFINITY) this.#passed(newestMs + (this.#kind.outlastsMs?.(this.#parameters) ?? 0));
    return this.#judged;
  }

  #passed(timeMs: number): void {
    const state = this.#state;
    for (let before = state.verdict.timeMs; this.#kind.due?.(state, timeMs, this.#parameters) !== undefined; ) {
      if (state.verdict.timeMs !== before) this.#judged += 1;
      before = state.verdict.timeMs;
    }
  }
}

type AnyKind = RuleKind<ParameterTable, RuleState>;
