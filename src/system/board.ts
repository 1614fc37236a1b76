/** The board that this process runs on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns its serial number by the device tree, as a Raspberry Pi has one; undefined where there is none */
export function boardSerial(sys = '/sys'): string | undefined {
  try {
    // The kernel gives it with the zero at its end.
    const serial = readFileSync(join(sys, 'firmware/devicetree/base/serial-number'), 'utf8')
      .replaceAll('\0', '')
      .trim();
    return serial === '' ? undefined : serial;
  } catch {
    return undefined;
  }
}
