/**
 * The outbox against a plain model, in lockstep, through appends, deliveries, crashes, evictions, corruption and wrong
 * clocks. The seed is the same in every run of the tests, and another with `SIDELINE_RUNS`, which says how many runs; a
 * failure prints its seed and path, for `SIDELINE_SEED` and `SIDELINE_PATH`.
 */
import test from 'node:test';
import fc from 'fast-check';
import { inspect } from './inspection.ts';
import { commands, RealOutbox } from './outbox-commands.ts';
import { OutboxModel } from './outbox-model.ts';

const RUNS = process.env['SIDELINE_RUNS'];
const SEED = process.env['SIDELINE_SEED'];
const PATH = process.env['SIDELINE_PATH'];

test('whatever happens to it, the outbox keeps what it promises', async () => {
  const property = fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), async (list) => {
    const real = new RealOutbox();
    try {
      const model = new OutboxModel();
      await fc.asyncModelRun(() => ({ model, real }), list);
      model.check(inspect(real.path));
    } finally {
      await real.remove();
    }
  });
  const seed = SEED === undefined ? (RUNS === undefined ? { seed: 4 } : {}) : { seed: Number(SEED) };
  await fc.assert(property, { numRuns: Number(RUNS ?? 60), ...seed, ...(PATH === undefined ? {} : { path: PATH }) });
});
