/**
 * Alerts that wait for a response, in bounded number. Beyond it the least grave is dropped, and told: no alarm is lost to
 * one that matters less, or to word of something that is over.
 */
import { type AlertEvent, type AlertEventName, SEVERITIES, USUAL_SEVERITY } from '../domain/alert.ts';
import type { Telemetry } from '../ports.ts';

export interface WaitingAlertsOptions {
  readonly response: string;
  readonly most: number;
  readonly telemetry: Telemetry;
}

/** Those that ask somebody to act. */
const URGENT: readonly AlertEventName[] = ['raised', 'escalated', 'resumed'];

export class WaitingAlerts {
  readonly #options: WaitingAlertsOptions;
  readonly #alerts: AlertEvent[] = [];

  constructor(options: WaitingAlertsOptions) {
    this.#options = options;
  }

  /** It stays. */
  get oldest(): AlertEvent | undefined {
    return this.#alerts[0];
  }

  /** Of equals the oldest, and whatever waits of the same alert before it: a lamp is lit before it goes out. It stays. */
  get gravest(): AlertEvent | undefined {
    const most = Math.max(...this.#alerts.map(gravityOf));
    const gravest = this.#alerts.find((alert) => gravityOf(alert) === most);
    return this.#alerts.find(({ athlete, rule }) => athlete === gravest?.athlete && rule === gravest.rule);
  }

  add(alert: AlertEvent): void {
    this.#alerts.push(alert);
    if (this.#alerts.length <= this.#options.most) return;
    const least = Math.min(...this.#alerts.map(gravityOf));
    const dropped = this.#alerts.find((each) => gravityOf(each) === least);
    if (dropped !== undefined) this.#drop(dropped, 'too many wait for it; see that what it goes to answers');
  }

  /** It waits no longer; it may have been dropped before. */
  remove(alert: AlertEvent): void {
    const at = this.#alerts.indexOf(alert);
    if (at !== -1) this.#alerts.splice(at, 1);
  }

  /** The gateway stops, and nobody comes back for what is over by the next start. */
  dropAll(): void {
    for (const alert of [...this.#alerts]) this.#drop(alert, 'the gateway stops');
  }

  #drop(alert: AlertEvent, reason: string): void {
    const { response, telemetry } = this.#options;
    this.remove(alert);
    const { athlete, rule } = alert;
    telemetry.emit({ event: 'response.dropped', response, athlete, rule, reason });
  }
}

/** 0 for what asks nobody to act, and more for what is graver. */
function gravityOf({ event, severity = USUAL_SEVERITY }: AlertEvent): number {
  return URGENT.includes(event) ? 1 + SEVERITIES.indexOf(severity) : 0;
}
