/**
 * What a strap says of itself: the strings of the Device Information service 0x180A (Bluetooth SIG, Device
 * Information Service 1.1, 3) and the Body Sensor Location of the Heart Rate service (Heart Rate Service 1.0, 3.2).
 *
 * A strap may send anything. What comes out is short and printable, so that it can be logged, shown on a terminal
 * and sent to the core.
 */

export const DEVICE_INFORMATION_SERVICE = '180a';
export const MODEL_NUMBER = '2a24';
export const SERIAL_NUMBER = '2a25';
export const FIRMWARE_REVISION = '2a26';
export const MANUFACTURER_NAME = '2a29';
export const BODY_SENSOR_LOCATION = '2a38';

/** As long as a Bluetooth device name may be (Core Specification Vol 3, Part C, 12.1), in UTF-16 code units. */
export const TEXT_MAX = 248;

/**
 * Controls, line and paragraph separators, and what has no shape of its own, such as marks that turn the direction of
 * writing: in a log or on a terminal all of them do something other than being read.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** By the characteristic's value; the rest is reserved. */
const SENSOR_LOCATIONS = ['other', 'chest', 'wrist', 'finger', 'hand', 'ear lobe', 'foot'] as const;
export type SensorLocation = (typeof SENSOR_LOCATIONS)[number];

/** The printable part of a text, at most `TEXT_MAX` long; may be empty. */
export function cleanText(text: string): string {
  const printable = text.replace(UNPRINTABLE, '');
  if (printable.length <= TEXT_MAX) return printable;
  // The cut may go through a character of two units, whose first half alone is none.
  return printable.slice(0, TEXT_MAX).replace(/[\uD800-\uDBFF]$/, '');
}

/**
 * @param bytes UTF-8 (anything else shows as U+FFFD), up to the first NUL: some straps pad with zeros
 * @returns undefined where nothing readable is left, as after an ATT error, of which noble makes no bytes
 */
export function decodeDeviceText(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
  const clean = cleanText(text).trim();
  return clean === '' ? undefined : clean;
}

/** @returns undefined where the bytes say nothing: none or several of them, or a reserved value */
export function decodeSensorLocation(bytes: Uint8Array): SensorLocation | undefined {
  const [value] = bytes;
  return bytes.length === 1 && value !== undefined ? SENSOR_LOCATIONS[value] : undefined;
}
