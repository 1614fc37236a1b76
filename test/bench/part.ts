/** One thing to measure: what it is called on the command line, and how its rows of the table come about. */
import type { Row } from './page.ts';

export interface Part {
  readonly name: string;
  readonly rows: (progress: Progress) => Promise<Row[]>;
}

/** To be told what each run has come to, as it comes. */
export type Progress = (what: string, figures: unknown) => void;

/** Does it that often, one after the other. */
export async function repeat<T>(times: number, measure: (run: number) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let run = 0; run < times; run++) all.push(await measure(run));
  return all;
}

export function seconds(milliseconds: readonly number[]): number[] {
  return milliseconds.map((ms) => ms / 1_000);
}
