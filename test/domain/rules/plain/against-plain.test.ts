/**
 * Each kind against its plain counterpart: the same events at the same instants. `SIDELINE_RULE_SEEDS` asks for more
 * stories than these, and `npm run fuzz:rules` for as many as there is time for.
 */
import { test } from 'node:test';
import { RULE_KINDS, type Rule } from '../../../../src/domain/rules/kinds.ts';
import { compareReloads, compareStory } from './comparison.ts';

const SEEDS = Number(process.env['SIDELINE_RULE_SEEDS'] ?? 150);

for (const kind of Object.keys(RULE_KINDS) as Rule['kind'][]) {
  test(`${kind} says what a plain look at the whole past says, over ${SEEDS} stories`, () => {
    let events = 0;
    for (let seed = 1; seed <= SEEDS; seed++) events += compareStory(kind, seed);
    if (events < SEEDS / 10) throw new Error(`only ${events} events in ${SEEDS} stories, which proves little`);
  });

  test(`${kind} says the same when the athletes file changes in the middle, over ${SEEDS} stories`, () => {
    let events = 0;
    for (let seed = 1; seed <= SEEDS; seed++) events += compareReloads(kind, seed);
    if (events < SEEDS / 10) throw new Error(`only ${events} events in ${SEEDS} stories, which proves little`);
  });
}
