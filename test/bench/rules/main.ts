/**
 * `npm run bench:rules`: how fast the rules of a team are, what they allocate, and whether their memory grows; prints a
 * table, and with `--write` keeps it in docs/benchmarks.md. `--only name` measures one part and writes nothing; `--quick`
 * is short, to see that it works. `npm run bench` does it too.
 */
import { measureParts } from '../measure-parts.ts';
import { load } from '../page.ts';
import { FULL, publishRules, QUICK } from './parts.ts';

const begun = load();
publishRules(await measureParts({ full: FULL, quick: QUICK }), begun);
