/**
 * Every verdict of a check of the machine, with a machine that has it found. The tests go through these, and so does the one
 * that holds docs/doctor.md to them.
 */
import { CLOCK_CASES } from './cases-clock.ts';
import { DISK_CASES } from './cases-disk.ts';
import { GATEWAY_CASES } from './cases-gateway.ts';
import { MACHINE_CASES } from './cases-machine.ts';
import { STORE_CASES } from './cases-store.ts';
import { WIFI_CASES } from './cases-wifi.ts';
import type { Provoked } from './findings-of.ts';

export const PROVOKED: readonly Provoked[] = [
  ...MACHINE_CASES,
  ...CLOCK_CASES,
  ...WIFI_CASES,
  ...DISK_CASES,
  ...STORE_CASES,
  ...GATEWAY_CASES,
];
