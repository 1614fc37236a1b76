/** The board and the system on it. */
import { heatCheck } from '../../src/doctor/machine/heat.ts';
import { memoryCheck } from '../../src/doctor/machine/memory.ts';
import { nodeCheck } from '../../src/doctor/machine/node.ts';
import { machinePowerCheck } from '../../src/doctor/machine/power.ts';
import { systemCheck } from '../../src/doctor/machine/system.ts';
import { machineWatchdogCheck } from '../../src/doctor/machine/watchdog.ts';
import type { Provoked } from './findings-of.ts';

const PROGRAM = {
  version: '1.2.3',
  node: 'v24.1.0',
  nodeRange: '>=20.19',
  architecture: 'arm64',
  kernelMachine: 'aarch64',
};

const sensor = (alarm: 0 | 1) => ({
  'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
  'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
  'sys/class/hwmon/hwmon1/in0_lcrit_alarm': `${alarm}\n`,
});
const throttled = (word: string) => ({ 'sys/devices/platform/soc/soc:firmware/get_throttled': `${word}\n` });
const throttledOnPi5 = (word: string) => ({
  'sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled': `${word}\n`,
});
const temperature = (thousandths: number) => ({
  'sys/class/thermal/cooling_device0/type': 'cpufreq-cpu0\n',
  'sys/class/thermal/thermal_zone0/temp': `${thousandths}\n`,
});

const meminfo = (availableKib: number) => ({
  'proc/meminfo': `MemTotal:        3885376 kB\nMemFree:           99999 kB\nMemAvailable:    ${availableKib} kB\n`,
});
const swaps = (...areas: string[]) => ({ 'proc/swaps': `Filename Type Size Used Priority\n${areas.join('\n')}\n` });

const WATCHDOG = {
  'sys/class/watchdog/watchdog0/identity': 'Broadcom BCM2835 Watchdog timer\n',
  'sys/class/watchdog/watchdog0/state': 'inactive\n',
};

export const MACHINE_CASES: readonly Provoked[] = [
  {
    check: systemCheck,
    when: 'it has 64 bits',
    files: {
      'sys/firmware/devicetree/base/model': 'Raspberry Pi 5 Model B Rev 1.0\0',
      'proc/sys/kernel/osrelease': '6.12.57+rpt-rpi-2712\n',
    },
    programs: { systemctl: '[ "$*" = --version ] && echo "systemd 257 (257.9-1)" && echo "+PAM"' },
    verdict: 'ok',
    evidence: 'Raspberry Pi 5 Model B Rev 1.0, arm64, kernel 6.12.57+rpt-rpi-2712, systemd 257 (257.9-1)',
  },
  {
    check: systemCheck,
    when: 'its programs have 32 bits',
    given: { program: { ...PROGRAM, architecture: 'arm' } },
    verdict: 'failed',
    evidence: 'this program runs with 32 bits (arm, under a kernel for aarch64)',
  },
  { check: nodeCheck, when: 'Node.js is new enough', verdict: 'ok', evidence: 'Node.js v24.1.0' },
  {
    check: nodeCheck,
    when: 'Node.js is too old',
    given: { program: { ...PROGRAM, node: 'v20.9.0' } },
    verdict: 'failed',
    evidence: 'Node.js v20.9.0 is too old: this program needs >=20.19',
  },
  {
    check: machinePowerCheck,
    when: 'nothing tells',
    verdict: 'skipped',
    evidence: 'nothing here tells of the voltage, as on what is no Raspberry Pi',
  },
  {
    check: machinePowerCheck,
    when: 'it is high enough',
    files: { ...sensor(0), ...throttled('0') },
    verdict: 'ok',
    evidence: 'the voltage is high enough',
  },
  {
    check: machinePowerCheck,
    when: 'the sensor says that it is too low',
    files: sensor(1),
    verdict: 'failed',
    evidence: 'the voltage is too low now',
  },
  {
    check: machinePowerCheck,
    when: 'the firmware says that it is too low',
    files: { ...sensor(0), ...throttledOnPi5('50005') },
    verdict: 'failed',
    evidence: 'the voltage is too low now',
  },
  {
    check: machinePowerCheck,
    when: 'the firmware says that it was too low',
    files: throttledOnPi5('50000'),
    verdict: 'warning',
    evidence: 'the voltage was too low since the start of the machine',
  },
  {
    check: machinePowerCheck,
    when: 'the log says that it was too low',
    files: sensor(0),
    programs: { journalctl: 'echo "hwmon hwmon1: Undervoltage detected!"; echo "hwmon hwmon1: Voltage normalised"' },
    verdict: 'warning',
    evidence: 'the voltage was too low since the start of the machine (1 × in the kernel’s log)',
  },
  {
    check: machinePowerCheck,
    when: 'the log is to be had of dmesg alone',
    files: sensor(0),
    programs: { journalctl: 'exit 1', dmesg: 'echo "[   12.3] hwmon hwmon1: Under-voltage detected! (0x00050005)"' },
    verdict: 'warning',
    evidence: 'the voltage was too low since the start of the machine (1 × in the kernel’s log)',
  },
  { check: heatCheck, when: 'nothing tells', verdict: 'skipped', evidence: 'nothing here tells of the temperature' },
  { check: heatCheck, when: 'it is cool', files: temperature(47_234), verdict: 'ok', evidence: 'it has 47 °C' },
  {
    check: heatCheck,
    when: 'it is hot',
    files: { ...temperature(81_000), ...throttled('80008') },
    verdict: 'warning',
    evidence: 'it has 81 °C and slows down',
  },
  {
    check: heatCheck,
    when: 'it is very hot',
    files: temperature(85_500),
    verdict: 'failed',
    evidence: 'it has 86 °C: it is as slow as it can be',
  },
  {
    check: heatCheck,
    when: 'it is slowed down and not hot',
    files: { ...temperature(50_000), ...throttled('50005') },
    verdict: 'warning',
    evidence: 'it has 50 °C, and its firmware slows it down',
  },
  {
    check: heatCheck,
    when: 'it was hot',
    files: { ...temperature(60_000), ...throttled('80000') },
    verdict: 'warning',
    evidence: 'it has 60 °C; it was too hot since it started',
  },
  { check: memoryCheck, when: 'the kernel does not tell', verdict: 'skipped', evidence: /^the kernel does not tell/ },
  {
    check: memoryCheck,
    when: 'there is enough, and what is swapped is compressed',
    files: { ...meminfo(3_000_000), ...swaps('/dev/zram0 partition 2097136 900000 100') },
    verdict: 'ok',
    evidence: '3.1 GB of 4 GB are free',
  },
  {
    check: memoryCheck,
    when: 'there is little',
    files: meminfo(40_000),
    verdict: 'warning',
    evidence: 'only 41 MB of 4 GB are free',
  },
  {
    check: memoryCheck,
    when: 'it swaps to the card',
    files: { ...meminfo(300_000), ...swaps('/var/swap file 524272 400000 -2') },
    verdict: 'warning',
    evidence: '410 MB are swapped out to the card or disk, though 307 MB of 4 GB are free',
  },
  {
    check: machineWatchdogCheck,
    when: 'there is none',
    verdict: 'skipped',
    evidence: 'this machine has no hardware watchdog',
  },
  {
    check: machineWatchdogCheck,
    when: 'nobody feeds it',
    files: WATCHDOG,
    programs: { systemctl: 'echo RuntimeWatchdogUSec=0' },
    verdict: 'warning',
    evidence:
      'the hardware watchdog (Broadcom BCM2835 Watchdog timer) is not used: a machine that hangs hangs until somebody comes',
  },
  {
    check: machineWatchdogCheck,
    when: 'systemd feeds it',
    files: WATCHDOG,
    programs: { systemctl: 'echo RuntimeWatchdogUSec=15s' },
    verdict: 'ok',
    evidence: 'Broadcom BCM2835 Watchdog timer restarts the machine when it hangs',
  },
  {
    check: machineWatchdogCheck,
    when: 'somebody else feeds it',
    files: { ...WATCHDOG, 'sys/class/watchdog/watchdog0/state': 'active\n' },
    verdict: 'ok',
    evidence: 'Broadcom BCM2835 Watchdog timer restarts the machine when it hangs',
  },
];
