/** The clock and its battery, right and wrong. */
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { batteryClockCheck } from '../../src/doctor/clock/battery.ts';
import { clockCheck } from '../../src/doctor/clock/clock.ts';
import { NOW_MS, type Provoked, running, STORE } from './findings-of.ts';
import type { MachineFolder } from './machine-folder.ts';

const HELD = { timedatectl: 'echo yes' };
const UNHELD = { timedatectl: 'echo no' };
const TIMESYNCD = { 'proc/300/comm': 'systemd-timesyn\n' };

const clock = (seconds: number, more: Readonly<Record<string, string>> = {}) => ({
  'sys/class/rtc/rtc0/name': 'rpi-rtc soc:rpi_rtc\n',
  'sys/class/rtc/rtc0/since_epoch': `${seconds}\n`,
  ...more,
});
const NOW_S = NOW_MS / 1000;

async function storedLater({ root }: MachineFolder): Promise<void> {
  await writeFile(join(root, `${STORE}-wal`), '');
  await utimes(join(root, STORE), NOW_S - 100, NOW_S - 100);
  await utimes(join(root, `${STORE}-wal`), NOW_S + 7200, NOW_S + 7200);
}

export const CLOCK_CASES: readonly Provoked[] = [
  {
    check: clockCheck,
    when: 'NTP holds it',
    programs: HELD,
    files: TIMESYNCD,
    verdict: 'ok',
    evidence: '2026-12-05 14:00 UTC, held by NTP (systemd-timesyncd)',
  },
  {
    check: clockCheck,
    when: 'it has lost the time',
    programs: UNHELD,
    given: { nowMs: 0 },
    verdict: 'failed',
    evidence: 'it is 1970-01-01 00:00 UTC by this machine’s clock, before this program was made',
  },
  {
    check: clockCheck,
    when: 'it is far in the future',
    given: { nowMs: Date.UTC(2099, 0, 1) },
    verdict: 'failed',
    evidence: 'it is 2099-01-01 00:00 UTC by this machine’s clock, years after this program was made',
  },
  {
    check: clockCheck,
    when: 'it has gone back behind what was stored',
    programs: UNHELD,
    files: { [STORE]: '' },
    before: storedLater,
    verdict: 'failed',
    evidence:
      'it is 2026-12-05 14:00 UTC by this machine’s clock, and the store was written at 2026-12-05 16:00 UTC, which is later',
  },
  {
    check: clockCheck,
    when: 'NTP holds it, and the store was once written with a clock that was ahead',
    programs: HELD,
    files: { [STORE]: '' },
    before: storedLater,
    verdict: 'ok',
    evidence: '2026-12-05 14:00 UTC, held by NTP',
  },
  {
    check: clockCheck,
    when: 'NTP holds it and the gateway does not trust it',
    programs: HELD,
    given: running({ clock: { trusted: false } }),
    verdict: 'warning',
    evidence: 'NTP holds the clock, and the running gateway does not trust it yet',
  },
  {
    check: clockCheck,
    when: 'NTP does not hold it',
    programs: UNHELD,
    files: TIMESYNCD,
    verdict: 'warning',
    evidence: 'NTP does not hold the clock, which says 2026-12-05 14:00 UTC: samples wait till it does (clock.wait)',
  },
  {
    check: clockCheck,
    when: 'NTP does not hold it and is not there',
    programs: UNHELD,
    verdict: 'warning',
    evidence: 'NTP does not hold the clock, which says 2026-12-05 14:00 UTC: samples wait till it does (clock.wait)',
  },
  {
    check: clockCheck,
    when: 'nobody is to hold it',
    programs: UNHELD,
    given: { clockTrust: 'always' },
    verdict: 'ok',
    evidence: '2026-12-05 14:00 UTC, believed without NTP (clock.trust is always)',
  },
  {
    check: clockCheck,
    when: 'nobody can be asked, and somebody has to be',
    given: { clockTrust: 'ntp' },
    verdict: 'failed',
    evidence: 'nobody here can be asked about NTP, and clock.trust in gateway.yaml believes nobody else',
  },
  {
    check: clockCheck,
    when: 'nobody can be asked',
    verdict: 'warning',
    evidence: 'nobody here can say whether the clock is right; it says 2026-12-05 14:00 UTC and is believed',
  },
  {
    check: batteryClockCheck,
    when: 'there is no clock with a battery, and NTP is to tell the time',
    programs: UNHELD,
    verdict: 'ok',
    evidence: 'this machine has none: after a power cut times wait for NTP, and are put right',
  },
  {
    check: batteryClockCheck,
    when: 'there is none, and nobody who tells of NTP',
    verdict: 'warning',
    evidence: 'this machine has no clock with a battery, and nobody who tells whether NTP holds the one that it has',
  },
  {
    check: batteryClockCheck,
    when: 'there is none and the clock is believed',
    given: { clockTrust: 'always' },
    verdict: 'warning',
    evidence: 'this machine has no clock with a battery, and clock.trust in gateway.yaml is always',
  },
  {
    check: batteryClockCheck,
    when: 'it has no battery',
    files: clock(NOW_S, { 'sys/class/rtc/rtc0/battery_voltage': '12000\n' }),
    programs: HELD,
    verdict: 'warning',
    evidence:
      'the clock rpi-rtc soc:rpi_rtc has no battery, or an empty one (0.0 V): it forgets the time with the power',
  },
  {
    check: batteryClockCheck,
    when: 'it has no battery and is believed',
    files: clock(NOW_S, { 'sys/class/rtc/rtc0/battery_voltage': '12000\n' }),
    given: { clockTrust: 'always' },
    verdict: 'failed',
    evidence:
      'the clock rpi-rtc soc:rpi_rtc has no battery, or an empty one (0.0 V): it forgets the time with the power',
  },
  {
    check: batteryClockCheck,
    when: 'it does not tell the time',
    files: { 'sys/class/rtc/rtc0/name': 'rtc-ds1307 1-0068\n' },
    verdict: 'warning',
    evidence: 'the clock rtc-ds1307 1-0068 does not tell the time',
  },
  {
    check: batteryClockCheck,
    when: 'it is wrong',
    files: clock(NOW_S - 86_400),
    programs: HELD,
    verdict: 'warning',
    evidence: 'the clock rpi-rtc soc:rpi_rtc says 2026-12-04 14:00 UTC, and it is 2026-12-05 14:00 UTC',
  },
  {
    check: batteryClockCheck,
    when: 'it is right',
    files: clock(NOW_S + 1, { 'sys/class/rtc/rtc0/battery_voltage': '3100000\n' }),
    programs: HELD,
    verdict: 'ok',
    evidence: 'the clock rpi-rtc soc:rpi_rtc goes on while the machine is off',
  },
];
