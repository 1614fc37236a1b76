/**
 * Does a clock with a battery (RTC) keep the time while the machine is off? A Raspberry Pi 5 has the clock and comes
 * without the battery; earlier ones have neither. The attributes are the kernel's (Documentation/ABI/testing/rtc-cdev and
 * sysfs-class-rtc), `battery_voltage` that of the Pi's own driver (rtc-rpi.c).
 */
import { join } from 'node:path';
import type { ClockTrust } from '../../domain/timekeeper.ts';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { namesIn, numberIn, textIn } from '../machine-files.ts';
import { timeText } from './clock.ts';

/** A lithium cell of 3 V is empty below this, µV. */
const EMPTY_BELOW_UV = 2_000_000;

/** A quartz of 100 ppm is wrong by this after a week; more is no drift, ms. */
const DRIFT_MAX_MS = 60_000;

interface BatteryClock {
  /** What the driver calls it, as `rpi-rtc`. */
  readonly name: string;
  /** Unix ms; absent where it does not tell the time. */
  readonly timeMs: number | undefined;
  /** Absent where it does not tell. */
  readonly batteryMicrovolts: number | undefined;
}

interface BatteryClockFacts {
  readonly wallMs: number;
  readonly isSynchronised: boolean | undefined;
  readonly trust: ClockTrust;
  readonly clocks: readonly BatteryClock[];
}

export const batteryClockCheck: Check = {
  name: 'clock-battery',
  run: async (surroundings) => [batteryClockVerdict(await batteryClockFacts(surroundings))],
};

async function batteryClockFacts(surroundings: Surroundings): Promise<BatteryClockFacts> {
  const { sys, nowMs, timeAuthority, clockTrust = 'auto' } = surroundings;
  const isSynchronised = await timeAuthority.isSynchronised(new AbortController().signal);
  const folder = join(sys, 'class/rtc');
  const clocks = namesIn(folder).map((entry) => {
    const seconds = numberIn(join(folder, entry, 'since_epoch'));
    return {
      name: textIn(join(folder, entry, 'name')) ?? entry,
      timeMs: seconds === undefined ? undefined : seconds * 1000,
      batteryMicrovolts: numberIn(join(folder, entry, 'battery_voltage')),
    };
  });
  return { wallMs: nowMs, isSynchronised, trust: clockTrust, clocks };
}

function batteryClockVerdict({ wallMs, isSynchronised, trust, clocks }: BatteryClockFacts): Judgement {
  const [clock] = clocks;
  if (clock === undefined) return none(trust, isSynchronised);
  const { name, timeMs, batteryMicrovolts } = clock;
  if (batteryMicrovolts !== undefined && batteryMicrovolts < EMPTY_BELOW_UV) {
    const volts = (batteryMicrovolts / 1_000_000).toFixed(1);
    return {
      verdict: trust === 'always' ? 'failed' : 'warning',
      evidence: `the clock ${name} has no battery, or an empty one (${volts} V): it forgets the time with the power`,
      remedy: 'put a battery for its clock onto the board; without one the time is not known until NTP tells it',
    };
  }
  if (timeMs === undefined) {
    return {
      verdict: 'warning',
      evidence: `the clock ${name} does not tell the time`,
      remedy: 'set it with "sudo hwclock --systohc"; if it does not keep that, its battery is empty',
    };
  }
  const differenceMs = Math.abs(timeMs - wallMs);
  if (isSynchronised === true && differenceMs > DRIFT_MAX_MS) {
    return {
      verdict: 'warning',
      evidence: `the clock ${name} says ${timeText(timeMs)}, and it is ${timeText(wallMs)}`,
      remedy: 'set it with "sudo hwclock --systohc"; if it does not keep that, its battery is missing or empty',
    };
  }
  return { verdict: 'ok', evidence: `the clock ${name} goes on while the machine is off` };
}

function none(trust: ClockTrust, isSynchronised: boolean | undefined): Judgement {
  if (trust === 'always') {
    return {
      verdict: 'warning',
      evidence: 'this machine has no clock with a battery, and clock.trust in gateway.yaml is always',
      remedy: 'write "clock: { trust: auto }": after a power cut the time is wrong here until NTP tells it',
    };
  }
  if (isSynchronised === undefined) {
    return {
      verdict: 'warning',
      evidence: 'this machine has no clock with a battery, and nobody who tells whether NTP holds the one that it has',
      remedy: 'install systemd-timesyncd or chrony: after a power cut the time is wrong here, and may be believed',
    };
  }
  return { verdict: 'ok', evidence: 'this machine has none: after a power cut times wait for NTP, and are put right' };
}
