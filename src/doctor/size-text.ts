const STEP = 1_000;
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** `12 MB`, `1.5 GB`: as `max_size` in gateway.yaml is written, in powers of 1000. */
export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(STEP))));
  const value = bytes / STEP ** power;
  return `${value < 10 && power > 0 ? Math.round(value * 10) / 10 : Math.round(value)} ${UNITS[power]}`;
}
