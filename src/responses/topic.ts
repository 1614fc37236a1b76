/**
 * Publishes alerts to a topic of a broker nearby, over a connection of its own: the uplink, and what waits for it, are
 * none of its business. What it could not publish waits in memory while the broker is away.
 */
import type { AlertEvent } from '../domain/alert.ts';
import { unnumberedAlertEntry } from '../domain/entries.ts';
import { messageOf } from '../domain/errors.ts';
import type { Clock, Responder, Telemetry } from '../ports.ts';
import { type BackOffLimits, backOffMs } from '../uplink/back-off.ts';
import type { Connection } from '../uplink/connection.ts';
import { unlessBroken } from './unless-broken.ts';
import { WaitingAlerts } from './waiting-alerts.ts';

export interface TopicOptions {
  readonly name: string;
  readonly gateway: string;
  readonly topic: string;
  /** Begins a new connection. Throws where that cannot even begin. */
  readonly open: () => Connection;
  readonly clock: Clock;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly backOff?: BackOffLimits;
}

/** Each attempt that fails is a line in the log; an alert does not wait for the next one. */
const BACK_OFF: BackOffLimits = { minMs: 500, maxMs: 60_000 };

/** A connection that has held for so long was a good one, ms. */
const HELD_MS = 10_000;

/** More alerts in one outage than anybody would look at one by one. */
const WAITING_MAX = 100;

export class Topic implements Responder {
  readonly #options: TopicOptions;
  readonly #waiting: WaitingAlerts;
  readonly #stopping = new AbortController();
  /** Ends the wait for the next attempt. */
  #wake = new AbortController();
  #connection: Connection | undefined;
  #running: Promise<void> | undefined;
  #publishing: Promise<void> | undefined;

  constructor(options: TopicOptions) {
    this.#options = options;
    this.#waiting = new WaitingAlerts({ response: options.name, most: WAITING_MAX, telemetry: options.telemetry });
  }

  start(): void {
    const { name, telemetry } = this.#options;
    this.#running = unlessBroken(this.#run(), name, telemetry);
  }

  respond(alert: AlertEvent): void {
    this.#waiting.add(alert);
    this.#publish();
    this.#wake.abort();
  }

  /** What is under way is lost, and what waits is dropped. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#connection?.end();
    await this.#running;
    this.#waiting.dropAll();
  }

  async #run(): Promise<void> {
    const { name: response, clock, random, telemetry, backOff = BACK_OFF } = this.#options;
    const stopping = this.#stopping.signal;
    let failures = 0;
    while (!stopping.aborted) {
      const begunMs = clock.monotonicMs();
      const reason = await this.#connect();
      if (stopping.aborted) return;
      failures = clock.monotonicMs() - begunMs >= HELD_MS ? 1 : failures + 1;
      const retryInMs = backOffMs(failures, backOff, random);
      telemetry.emit({ event: 'response.disconnected', response, reason, retryInMs });
      this.#wake = new AbortController();
      await clock.sleep(retryInMs, this.#wake.signal);
    }
  }

  /** Lives through one connection and resolves with why it ended. */
  async #connect(): Promise<string> {
    const { name: response, open, telemetry } = this.#options;
    let connection: Connection;
    try {
      connection = open();
    } catch (error) {
      return messageOf(error);
    }
    this.#connection = connection;
    if (await connection.opened) {
      telemetry.emit({ event: 'response.connected', response });
      this.#publish();
    }
    const reason = await connection.closed;
    await this.#publishing;
    return reason;
  }

  #publish(): void {
    const connection = this.#connection;
    const alert = this.#waiting.oldest;
    if (this.#publishing !== undefined || alert === undefined || !connection?.isOpen) return;
    // One after the other, so that they arrive in order.
    this.#publishing = this.#publishOne(alert, connection).finally(() => {
      this.#publishing = undefined;
      this.#publish();
    });
  }

  /** What has no acknowledgement stays, and is published again. */
  async #publishOne(alert: AlertEvent, connection: Connection): Promise<void> {
    const { name: response, gateway, topic, telemetry } = this.#options;
    const payload = Buffer.from(JSON.stringify({ v: 1, gateway, ...unnumberedAlertEntry(alert) }));
    const outcome = await connection.send(topic, payload);
    if (outcome.kind === 'lost') return;
    this.#waiting.remove(alert);
    if (outcome.kind !== 'refused') return;
    const { athlete, rule } = alert;
    telemetry.emit({ event: 'response.failed', response, athlete, rule, reason: outcome.reason });
  }
}
