/** Alerts that wait for a response, oldest first and in bounded number: beyond it the oldest is dropped, and told. */
import type { AlertEvent } from '../domain/alert.ts';
import type { Telemetry } from '../ports.ts';

export interface WaitingAlertsOptions {
  readonly response: string;
  readonly most: number;
  readonly telemetry: Telemetry;
}

export class WaitingAlerts {
  readonly #options: WaitingAlertsOptions;
  readonly #alerts: AlertEvent[] = [];

  constructor(options: WaitingAlertsOptions) {
    this.#options = options;
  }

  /** The oldest; it stays. */
  get first(): AlertEvent | undefined {
    return this.#alerts[0];
  }

  add(alert: AlertEvent): void {
    const { response, most, telemetry } = this.#options;
    this.#alerts.push(alert);
    if (this.#alerts.length <= most) return;
    const dropped = this.#alerts.shift();
    if (dropped === undefined) return;
    const { athlete, rule } = dropped;
    telemetry.emit({ event: 'response.dropped', response, athlete, rule });
  }

  /** It waits no longer; it may have been dropped before. */
  remove(alert: AlertEvent): void {
    const at = this.#alerts.indexOf(alert);
    if (at !== -1) this.#alerts.splice(at, 1);
  }
}
