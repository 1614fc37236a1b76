/** What goes wrong on a pitch, from a seed: athletes walk out of range and come back, straps slip off the skin. */
import type { SimulatedClock } from './clock.ts';
import type { Random } from './random.ts';
import type { SimulatedStrap } from './strap.ts';

/** Between two faults of one strap, s. */
const PEACE_SECONDS = [90, 600] as const;
const OUT_OF_RANGE_SECONDS = [3, 60] as const;
const OFF_THE_SKIN_SECONDS = [5, 40] as const;
const OUT_OF_RANGE_SHARE = 0.6;

/** One fault after the other, for as long as the clock goes. */
export function scheduleFaults(strap: SimulatedStrap, { clock, random }: { clock: SimulatedClock; random: Random }) {
  const after = ([min, max]: readonly [number, number], act: () => void) =>
    clock.at(clock.monotonicMs() + 1000 * random.between(min, max), act);
  const next = () =>
    after(PEACE_SECONDS, () => {
      if (random.uniform() < OUT_OF_RANGE_SHARE) {
        strap.leave();
        after(OUT_OF_RANGE_SECONDS, () => {
          strap.comeBack();
          next();
        });
      } else {
        strap.setWorn(false);
        after(OFF_THE_SKIN_SECONDS, () => {
          strap.setWorn(true);
          next();
        });
      }
    });
  next();
}
