/**
 * Has an alert answered by everything that is for it. Each response does its work beside the others and in its own time:
 * none of them can hold up another, or whoever told it.
 */
import type { AlertEvent } from '../domain/alert.ts';
import { messageOf } from '../domain/errors.ts';
import { calls, type ResponseChoice } from '../domain/response-choice.ts';
import type { Responder, Telemetry } from '../ports.ts';

export interface ChosenResponse {
  readonly choice: ResponseChoice;
  readonly responder: Responder;
}

export interface ChosenResponsesParts {
  /** Told of every alert. */
  readonly always: Responder;
  readonly chosen: readonly ChosenResponse[];
  readonly telemetry: Telemetry;
}

export class ChosenResponses implements Responder {
  readonly #parts: ChosenResponsesParts;

  constructor(parts: ChosenResponsesParts) {
    this.#parts = parts;
  }

  start(): void {
    for (const { responder } of this.#parts.chosen) responder.start?.();
  }

  respond(alert: AlertEvent): void {
    this.#parts.always.respond(alert);
    for (const { choice, responder } of this.#parts.chosen) {
      if (calls(alert, choice)) this.#call(choice.name, responder, alert);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parts.chosen.map(({ responder }) => responder.stop?.()));
  }

  /** A responder that throws breaks its contract, which must not cost the others their alarm. */
  #call(response: string, responder: Responder, alert: AlertEvent): void {
    try {
      responder.respond(alert);
    } catch (error) {
      const { athlete, rule } = alert;
      this.#parts.telemetry.emit({ event: 'response.failed', response, athlete, rule, reason: messageOf(error) });
    }
  }
}
