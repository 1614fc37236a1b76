/** The least value that this part of them, from 0 to 1, does not exceed; infinity of none, which no goal allows. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.POSITIVE_INFINITY;
}
