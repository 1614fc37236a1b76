/** What the drill finds: one line of JSON each, on the port that the host reads. */
import { appendFileSync } from 'node:fs';

export interface Verdict {
  readonly scene: string;
  readonly holds: boolean;
  readonly evidence: unknown;
}

export type Report = (verdict: Verdict) => void;

export function reportTo(port: string): Report {
  return (verdict) => appendFileSync(port, `${JSON.stringify(verdict)}\n`);
}
