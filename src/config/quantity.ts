/** Durations and sizes, which are written with their unit, so that nobody has to guess whether 60 is seconds. */

const MS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Decimal and binary units both, with the meaning that the IEC gave them (IEC 80000-13). */
const BYTES_PER_UNIT = {
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;

/** Nine digits before the point keep every product below 2^53. */
export const DURATION_PATTERN = /^\d{1,9}(\.\d{1,3})?(ms|s|m|h)$/;
export const SIZE_PATTERN = /^\d{1,6}(\.\d{1,3})?(KB|MB|GB|KiB|MiB|GiB)$/;

/** Milliseconds of a text that matches `DURATION_PATTERN`. */
export function durationMs(text: string): number {
  return quantity(text, MS_PER_UNIT);
}

/** Bytes of a text that matches `SIZE_PATTERN`. */
export function sizeBytes(text: string): number {
  return quantity(text, BYTES_PER_UNIT);
}

/** The duration as a person would write it: in the largest unit that divides it. */
export function durationText(ms: number): string {
  return quantityText(ms, MS_PER_UNIT);
}

/** The size as a person would write it: in the largest unit that divides it. */
export function sizeText(bytes: number): string {
  return quantityText(bytes, BYTES_PER_UNIT);
}

function quantity(text: string, units: Readonly<Record<string, number>>): number {
  const [, amount, unit] = /^([\d.]+)([A-Za-z]+)$/.exec(text) ?? [];
  const factor = units[unit ?? ''];
  if (amount === undefined || factor === undefined) throw new Error('the text was not matched with its pattern first');
  return Math.round(Number(amount) * factor);
}

function quantityText(amount: number, units: Readonly<Record<string, number>>): string {
  const descending = Object.entries(units).sort(([, a], [, b]) => b - a);
  const [unit, factor] = descending.find(([, size]) => amount >= size && amount % size === 0) ??
    descending.at(-1) ?? ['', 1];
  return `${amount / factor}${unit}`;
}
