/** What is rehearsed: a recording of one athlete, or a period out of a store. */

import { recordedSamples } from '../../domain/recording/recorded-samples.ts';
import type { Sample } from '../../domain/sample.ts';
import { type Period, samplesOfPeriod } from '../../outbox/tools/period.ts';
import { counted } from '../output.ts';
import { readRecording } from '../recording-file.ts';
import type { RehearseOptions } from './options.ts';

export interface Source {
  /** The file. */
  readonly name: string;
  /** In the order in which they came; to be gone through once. @throws OperatingError when there are none to be had */
  readonly samples: Iterable<Sample>;
  /** What was passed over, after the last sample. Damage is a failure, however much could be read. */
  passedOver(): { readonly notes: readonly string[]; readonly isDamaged: boolean };
}

/** @throws OperatingError when the recording cannot be read */
export async function sourceOf({ recording, store, athlete, from, to }: RehearseOptions): Promise<Source> {
  if (store !== undefined) {
    const period = { fromMs: from ?? Number.NEGATIVE_INFINITY, toMs: to ?? Number.POSITIVE_INFINITY };
    return new StoreSource(store, athlete === undefined ? period : { ...period, athlete });
  }
  const [file, whose] = [recording ?? '', athlete ?? ''];
  return {
    name: file,
    samples: recordedSamples(whose, await readRecording(file)),
    passedOver: () => ({ notes: [], isDamaged: false }),
  };
}

class StoreSource implements Source {
  readonly name: string;
  readonly samples: Iterable<Sample>;
  #damagedRows = 0;
  #untimed = 0;

  constructor(path: string, period: Period) {
    this.name = path;
    this.samples = samplesOfPeriod(path, period, {
      damaged: () => {
        this.#damagedRows += 1;
      },
      untimed: (count) => {
        this.#untimed += count;
      },
    });
  }

  passedOver() {
    const [rows, untimed] = [this.#damagedRows, this.#untimed];
    return {
      notes: [
        ...(untimed === 0 ? [] : [`${counted(untimed, 'reading')} left out, whose time was never known`]),
        ...(rows === 0
          ? []
          : [`${counted(rows, 'row')} passed over, not being what was written; sideline store check`]),
      ],
      isDamaged: rows > 0,
    };
  }
}
