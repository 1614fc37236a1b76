/** Events as log lines by pino: JSON for machines, coloured text for people. */
import pino from 'pino';
import { type AlertEvent, USUAL_SEVERITY } from '../domain/alert.ts';
import type { Responder, Telemetry } from '../ports.ts';
import { EVENTS, type EventName, type TelemetryEvent } from './events.ts';

/** Takes whole lines, each with its line end. */
export interface LineSink {
  write(line: string): void;
}

export class Log implements Telemetry {
  readonly #logger: pino.Logger;
  readonly #counts = new Map<EventName, number>();

  constructor(sink: LineSink) {
    const formatters = { level: (label: string) => ({ level: label }) };
    this.#logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, level: 'info', formatters }, sink);
  }

  emit(event: TelemetryEvent): void {
    const { event: name, ...fields } = event;
    this.#counts.set(name, this.count(name) + 1);
    const { level, text } = EVENTS[name] as {
      level: (fields: object) => pino.Level;
      text: (fields: object) => string;
    };
    this.#logger[level(fields)]({ event: name, ...fields }, text(fields));
  }

  /** How often this has happened since the start. */
  count(name: EventName): number {
    return this.#counts.get(name) ?? 0;
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
