/**
 * Runs a program of this machine: a siren, a lamp. Which one, and with which arguments, the installer has said; nothing of
 * an alert gets into them. What has happened stands in four variables, which are all the environment that it has.
 */
import { type AlertEvent, USUAL_SEVERITY } from '../domain/alert.ts';
import type { Clock, Responder, Telemetry } from '../ports.ts';
import { type ProcessRunOutcome, runProcess } from './process-run.ts';
import { unlessBroken } from './unless-broken.ts';
import { WaitingAlerts } from './waiting-alerts.ts';

export interface CommandOptions {
  readonly name: string;
  /** The program's absolute path and its arguments. */
  readonly command: readonly string[];
  /** How long one run may take, ms. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** One run at a time, the gravest first: of more than these, nobody would know for whom the siren sounds. */
const WAITING_MAX = 8;

export class Command implements Responder {
  readonly #options: CommandOptions;
  readonly #waiting: WaitingAlerts;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: CommandOptions) {
    this.#options = options;
    this.#waiting = new WaitingAlerts({ response: options.name, most: WAITING_MAX, telemetry: options.telemetry });
  }

  respond(alert: AlertEvent): void {
    this.#waiting.add(alert);
    this.#begin();
  }

  /** The run that is under way is ended, and what waits is dropped. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waiting.dropAll();
    await this.#running;
  }

  #begin(): void {
    const alert = this.#waiting.gravest;
    const end = this.#stopping.signal;
    if (this.#running !== undefined || alert === undefined || end.aborted) return;
    this.#waiting.remove(alert);
    const { name, telemetry } = this.#options;
    this.#running = unlessBroken(this.#run(alert, end), name, telemetry).finally(() => {
      this.#running = undefined;
      this.#begin();
    });
  }

  async #run(alert: AlertEvent, end: AbortSignal): Promise<void> {
    const { name: response, clock, telemetry, timeoutMs } = this.#options;
    const { athlete, rule } = alert;
    const begunMs = clock.monotonicMs();
    const outcome = await runProcess({ ...this.#options, env: environmentOf(alert), end });
    if (outcome.kind === 'exited' && outcome.code === 0) {
      const seconds = Math.round(clock.monotonicMs() - begunMs) / 1000;
      telemetry.emit({ event: 'response.done', response, athlete, rule, how: 'exit code 0', seconds });
    } else if (end.aborted) {
      telemetry.emit({ event: 'response.dropped', response, athlete, rule, reason: 'the gateway stops' });
    } else {
      telemetry.emit({ event: 'response.failed', response, athlete, rule, reason: reasonOf(outcome, timeoutMs) });
    }
  }
}

function environmentOf({ athlete, rule, event, severity = USUAL_SEVERITY }: AlertEvent): Record<string, string> {
  return { SIDELINE_ATHLETE: athlete, SIDELINE_RULE: rule, SIDELINE_EVENT: event, SIDELINE_SEVERITY: severity };
}

function reasonOf(outcome: ProcessRunOutcome, timeoutMs: number): string {
  switch (outcome.kind) {
    case 'exited':
      return `exit code ${outcome.code}`;
    case 'killed':
      return `it was ended by ${outcome.signal}`;
    case 'overdue':
      return `it had not ended after ${timeoutMs / 1000} s and was killed`;
    case 'not-started':
      return `it could not be started (${outcome.reason})`;
  }
}
