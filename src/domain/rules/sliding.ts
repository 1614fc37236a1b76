/** The parameter by which windows slide, for the kinds that have windows. */
import type { Nonsense, NumberSpec } from './rule.ts';
import { STEPS_MAX } from './windows.ts';

export const SLIDE = {
  type: 'duration',
  summary:
    'How often a window of this length is judged anew, so that windows overlap; it must divide "window". If absent, one window follows the other.',
  min: 1_000,
  max: 3_600_000,
} as const satisfies NumberSpec;

export function nonsenseOfSlide({ window, slide }: { window: number; slide?: number }): Nonsense | undefined {
  if (slide === undefined) return undefined;
  if (window % slide !== 0) {
    const what = 'has a "slide" that does not divide "window"';
    return { key: 'slide', what, remedy: 'let "window" be a multiple of "slide", as 60s is of 5s' };
  }
  if (window / slide > STEPS_MAX) {
    const what = `has a "slide" so short that "window" is more than ${STEPS_MAX} of it`;
    return { key: 'slide', what, remedy: 'let it be longer' };
  }
  return undefined;
}
