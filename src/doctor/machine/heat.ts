/** Is the processor too hot, or does it go slower than it could? In the sun and in a closed box it may be. */
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { namesIn, numberIn } from '../machine-files.ts';
import { type FirmwareFacts, firmwareFacts } from './firmware.ts';

/** A Raspberry Pi begins to slow down at 80 °C and goes slowest from 85 °C. */
const [SLOWS_AT_C, HOTTEST_C] = [80, 85];

const COOLER = 'put it into the shade, give its box air or a fan, and let it cool down before the match';

interface HeatFacts {
  /** Of the hottest zone, °C; undefined where nothing tells. */
  readonly temperatureC: number | undefined;
  readonly firmware: FirmwareFacts | undefined;
}

export const heatCheck: Check = {
  name: 'machine-heat',
  run: async ({ sys }: Surroundings) => [heatVerdict({ temperatureC: temperature(sys), firmware: firmwareFacts(sys) })],
};

function temperature(sys: string): number | undefined {
  const folder = join(sys, 'class/thermal');
  const thousandths = namesIn(folder)
    .filter((name) => name.startsWith('thermal_zone'))
    .flatMap((name) => numberIn(join(folder, name, 'temp')) ?? []);
  return thousandths.length === 0 ? undefined : Math.max(...thousandths) / 1000;
}

function heatVerdict({ temperatureC, firmware }: HeatFacts): Judgement {
  if (temperatureC === undefined && firmware === undefined) return skipped('nothing here tells of the temperature');
  const degrees = temperatureC === undefined ? 'its temperature is unknown' : `it has ${Math.round(temperatureC)} °C`;
  if ((temperatureC ?? 0) >= HOTTEST_C) {
    return { verdict: 'failed', evidence: `${degrees}: it is as slow as it can be`, remedy: COOLER };
  }
  if ((temperatureC ?? 0) >= SLOWS_AT_C || firmware?.hot.now === true) {
    return { verdict: 'warning', evidence: `${degrees} and slows down`, remedy: COOLER };
  }
  if (firmware?.slowed.now === true) {
    const remedy = 'look at machine-power: too low a voltage slows it down, too';
    return { verdict: 'warning', evidence: `${degrees}, and its firmware slows it down`, remedy };
  }
  if (firmware?.hot.sinceStart === true) {
    return { verdict: 'warning', evidence: `${degrees}; it was too hot since it started`, remedy: COOLER };
  }
  return { verdict: 'ok', evidence: degrees };
}
