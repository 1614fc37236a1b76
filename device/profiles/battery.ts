/**
 * Battery Level, characteristic 0x2A19 of the Battery service 0x180F: one byte, the charge in percent
 * (Bluetooth SIG, Battery Service 1.1, 3.1).
 */

export const BATTERY_SERVICE = '180f';
export const BATTERY_LEVEL = '2a19';

/**
 * @param bytes the value that was read; no bytes are what noble makes of an ATT error
 * @returns 0 to 100 percent; undefined where the bytes say nothing: none or several of them, or more than 100
 */
export function decodeBatteryLevel(bytes: Uint8Array): number | undefined {
  const [percent] = bytes;
  return bytes.length === 1 && percent !== undefined && percent <= 100 ? percent : undefined;
}
