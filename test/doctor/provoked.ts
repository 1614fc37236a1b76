/**
 * Every verdict of a check of the machine, with a machine that has it found. The tests go through these, and so does the one
 * that holds docs/doctor.md to them.
 */
import type { Check, Verdict } from '../../src/doctor/finding.ts';
import { CLOCK_CASES } from './cases-clock.ts';
import { GATEWAY_CASES } from './cases-gateway.ts';
import { MACHINE_CASES } from './cases-machine.ts';
import { STORE_CASES } from './cases-store.ts';
import { WIFI_CASES } from './cases-wifi.ts';
import type { Machine } from './findings-of.ts';

export interface Provoked extends Machine {
  readonly check: Check;
  readonly when: string;
  readonly verdict: Verdict;
  /** Of the one finding. */
  readonly evidence: string | RegExp;
}

export const PROVOKED: readonly Provoked[] = [
  ...MACHINE_CASES,
  ...CLOCK_CASES,
  ...WIFI_CASES,
  ...STORE_CASES,
  ...GATEWAY_CASES,
];
