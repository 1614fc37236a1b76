/**
 * Does the machine get enough voltage? A Raspberry Pi with too little loses USB adapters, slows down and ruins cards. Told
 * by the kernel's sensor (`rpi_volt`, whose alarm is of the last seconds), the firmware, and the log of this boot.
 */
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { kernelLog } from '../kernel-log.ts';
import { namesIn, numberIn, textIn } from '../machine-files.ts';
import { firmwareFacts } from './firmware.ts';

const SENSOR = 'rpi_volt';

/** As the sensor's driver writes it (raspberrypi-hwmon.c). */
const LOGGED = /Under-?voltage detected/i;

const BETTER_SUPPLY =
  'use the power supply made for this Raspberry Pi and a short, thick cable; unplug what it feeds by USB';

interface PowerFacts {
  /** Undefined where nothing tells. */
  readonly isLow: boolean | undefined;
  readonly wasLow: boolean | undefined;
  /** How often the log of this boot has it; undefined for those who may not read it. */
  readonly logged: number | undefined;
}

export const machinePowerCheck: Check = {
  name: 'machine-power',
  run: async (surroundings) => [machinePowerVerdict(await powerFacts(surroundings))],
};

async function powerFacts(surroundings: Pick<Surroundings, 'sys' | 'run'>): Promise<PowerFacts> {
  const { sys } = surroundings;
  const folder = join(sys, 'class/hwmon');
  const sensor = namesIn(folder).find((name) => textIn(join(folder, name, 'name')) === SENSOR);
  const alarm = sensor === undefined ? undefined : numberIn(join(folder, sensor, 'in0_lcrit_alarm'));
  const firmware = firmwareFacts(sys)?.underVoltage;
  const told = [...(alarm === undefined ? [] : [alarm === 1]), ...(firmware === undefined ? [] : [firmware.now])];
  const log = await kernelLog(surroundings);
  return {
    isLow: told.length === 0 ? undefined : told.includes(true),
    wasLow: firmware?.sinceStart,
    logged: log?.filter((line) => LOGGED.test(line)).length,
  };
}

function machinePowerVerdict({ isLow, wasLow, logged = 0 }: PowerFacts): Judgement {
  if (isLow === true) {
    return { verdict: 'failed', evidence: 'the voltage is too low now', remedy: BETTER_SUPPLY };
  }
  if (wasLow === true || logged > 0) {
    const often = logged > 0 ? ` (${logged} × in the kernel’s log)` : '';
    const evidence = `the voltage was too low since the start of the machine${often}`;
    return { verdict: 'warning', evidence, remedy: BETTER_SUPPLY };
  }
  if (isLow === undefined) return skipped('nothing here tells of the voltage, as on what is no Raspberry Pi');
  return { verdict: 'ok', evidence: 'the voltage is high enough' };
}
