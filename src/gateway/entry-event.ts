/** How a ledger entry that was stored is told, whoever has made it. */
import type { Gap } from '../domain/gap.ts';
import type { Telemetry } from '../ports.ts';

export function entryEvent({ athlete, cause, fromMs, toMs }: Gap): Parameters<Telemetry['emit']>[0] {
  if (toMs === undefined) return { event: 'gap.begun', athlete, cause };
  return { event: 'gap.recorded', athlete, cause, seconds: Math.round((toMs - fromMs) / 1000) };
}
