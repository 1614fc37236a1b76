/** Events as log lines by pino: JSON for machines, coloured text for people. */
import pino from 'pino';
import { type AlertEvent, USUAL_SEVERITY } from '../domain/alert.ts';
import type { Responder, Telemetry } from '../ports.ts';
import type { EventLimit } from './event-limit.ts';
import { EVENTS, type EventName, type Level, type TelemetryEvent } from './events.ts';

/** Takes whole lines, each with its line end. */
export interface LineSink {
  write(line: string): void;
}

export class Log implements Telemetry {
  readonly #logger: pino.Logger;
  readonly #limit: EventLimit | undefined;
  readonly #counts = new Map<EventName, Map<Level, number>>();

  /** @param limit absent where every line is written */
  constructor(sink: LineSink, limit?: EventLimit) {
    this.#limit = limit;
    const formatters = { level: (label: string) => ({ level: label }) };
    this.#logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, level: 'info', formatters }, sink);
  }

  emit(event: TelemetryEvent): void {
    for (const leftOut of this.#limit?.leftOut() ?? []) this.#take(leftOut);
    this.#take(event);
  }

  /** Says what was left out until now. */
  end(): void {
    for (const leftOut of this.#limit?.leftOut({ all: true }) ?? []) this.#take(leftOut);
  }

  /** How often what has happened since the start, whether or not there was a line of it. */
  counts(): { readonly event: EventName; readonly level: Level; readonly count: number }[] {
    return [...this.#counts].flatMap(([event, levels]) =>
      [...levels].map(([level, count]) => ({ event, level, count })),
    );
  }

  #take(event: TelemetryEvent): void {
    const { event: name, ...fields } = event;
    const { level: levelOf, text } = EVENTS[name] as {
      level: (fields: object) => Level;
      text: (fields: object) => string;
    };
    const level = levelOf(fields);
    const levels = this.#counts.get(name) ?? new Map<Level, number>();
    this.#counts.set(name, levels.set(level, (levels.get(level) ?? 0) + 1));
    if (this.#limit?.admits(name, level) === false) return;
    this.#logger[level]({ event: name, ...fields }, text(fields));
  }
}

/** The local alarm that there always is: a line in the log, which a terminal or journald shows. */
export class LogResponder implements Responder {
  readonly #telemetry: Telemetry;

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  respond({ athlete, rule, event, severity = USUAL_SEVERITY, estimated }: AlertEvent): void {
    const doubt = estimated === undefined ? {} : { estimated };
    this.#telemetry.emit({ event: `alert.${event}`, athlete, rule, severity, ...doubt });
  }
}
