/**
 * A fault in a response ends that response and nothing else: elsewhere a broken invariant ends the process, but a siren must
 * not cost the team its alarms.
 */
import { messageOf } from '../domain/errors.ts';
import type { Telemetry } from '../ports.ts';

export async function unlessBroken(running: Promise<void>, response: string, telemetry: Telemetry): Promise<void> {
  try {
    await running;
  } catch (error) {
    telemetry.emit({ event: 'response.broken', response, reason: messageOf(error) });
  }
}
