/** What responses say, kept; and alerts to call them with. */
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { Telemetry } from '../../src/ports.ts';
import type { EventName, TelemetryEvent } from '../../src/telemetry/events.ts';
import { Changes } from '../fixtures/changes.ts';

export class Heard implements Telemetry {
  readonly events: TelemetryEvent[] = [];
  readonly #changes = new Changes();

  emit(event: TelemetryEvent): void {
    this.events.push(event);
    this.#changes.happened();
  }

  of<Name extends EventName>(name: Name): (TelemetryEvent & { event: Name })[] {
    return this.events.filter((each): each is TelemetryEvent & { event: Name } => each.event === name);
  }

  /** The events of this name, as soon as there are so many. */
  async until<Name extends EventName>(name: Name, count = 1): Promise<(TelemetryEvent & { event: Name })[]> {
    const what = () => `${count} times ${name} among ${JSON.stringify(this.events)}`;
    await this.#changes
      .until(() => this.of(name).length >= count, name)
      .catch((cause: unknown) => {
        throw new Error(what(), { cause });
      });
    return this.of(name);
  }
}

export const T0 = 1_700_000_000_000;

export const alertOf = (athlete: string, more: Partial<AlertEvent> = {}): AlertEvent => ({
  athlete,
  rule: 'high-average',
  event: 'raised',
  timeMs: T0,
  value: 171.5,
  above: 165,
  severity: 'critical',
  ...more,
});
