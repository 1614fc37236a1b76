/** Telemetry that keeps what it is told. */
import type { Telemetry } from '../../src/ports.ts';
import type { EventName, TelemetryEvent } from '../../src/telemetry/events.ts';

export class CollectedTelemetry implements Telemetry {
  readonly events: TelemetryEvent[] = [];

  emit(event: TelemetryEvent): void {
    this.events.push(event);
  }

  named(name: EventName): TelemetryEvent[] {
    return this.events.filter(({ event }) => event === name);
  }
}
