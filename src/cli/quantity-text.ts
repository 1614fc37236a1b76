/** Times and sizes as a person reads them: two figures at most, and the unit. */

const UNITS = [
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
] as const;

/** `42 s`, `3 h`, `3 h 12 min`. */
export function duration(ms: number): string {
  const at = Math.max(
    0,
    UNITS.findLastIndex(([, unitMs]) => ms >= unitMs),
  );
  const [unit, unitMs] = UNITS[at] ?? UNITS[0];
  const whole = `${Math.floor(ms / unitMs)} ${unit}`;
  const below = UNITS[at - 1];
  if (below === undefined) return whole;
  const rest = Math.floor((ms % unitMs) / below[1]);
  return rest === 0 ? whole : `${whole} ${rest} ${below[0]}`;
}

/** `now`, `42 s ago`, `3 h ago`: the larger unit alone. */
export function ago(ms: number): string {
  if (ms < 1_000) return 'now';
  const [unit, unitMs] = UNITS.findLast(([, size]) => ms >= size) ?? UNITS[0];
  return `${Math.floor(ms / unitMs)} ${unit} ago`;
}

/** Bytes in decimal units, as the settings have them: `14 kB`, `1.2 GB`. */
export function amount(bytes: number): string {
  const sizes = [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const;
  const size = sizes.find(([, unit]) => bytes >= unit);
  if (size === undefined) return `${bytes} B`;
  const value = bytes / size[1];
  return `${value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value)} ${size[0]}`;
}
