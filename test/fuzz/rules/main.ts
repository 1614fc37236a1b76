/**
 * `npm run fuzz:rules -- 5000 [first]`: tells so many stories to each kind of rule and to its plain counterpart, from that
 * seed on, and stops at the first difference with the seed that makes it.
 */
import { RULE_KINDS, type Rule } from '../../../src/domain/rules/kinds.ts';
import { compareReloads, compareStory } from '../../domain/rules/plain/comparison.ts';

const [count = 1_000, first = 1] = process.argv.slice(2).map(Number);
for (const kind of Object.keys(RULE_KINDS) as Rule['kind'][]) {
  let events = 0;
  for (let seed = first; seed < first + count; seed++) events += compareStory(kind, seed) + compareReloads(kind, seed);
  process.stdout.write(
    `${kind}: ${count} stories from seed ${first}, each also with the athletes file changed, ${events} events, the same of both\n`,
  );
}
