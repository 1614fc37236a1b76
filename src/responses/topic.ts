/**
 * Publishes alerts to a topic of a broker nearby, over a connection of its own: the uplink, and what waits for it, are
 * none of its business. What it could not publish waits in memory while the broker is away.
 */
import type { AlertEvent } from '../domain/alert.ts';
import { unnumberedAlertEntry } from '../domain/entries.ts';
import { messageOf } from '../domain/errors.ts';
import type { Clock, PublishOutcome, Responder, Telemetry } from '../ports.ts';
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

/** A connection that was open for so long was a good one, ms. */
const HELD_MS = 10_000;

/** A connection that has nothing to publish is woken by an alert; this is only how long one sleep is, ms. */
const LOOK_MS = 3_600_000;

/** More alerts in one outage than anybody would look at one by one. */
const WAITING_MAX = 100;

export class Topic implements Responder {
  readonly #options: TopicOptions;
  readonly #waiting: WaitingAlerts;
  readonly #stopping = new AbortController();
  /** Ends the wait for an alert or for the next attempt, to connect or to publish. */
  #wake = new AbortController();
  #connection: Connection | undefined;
  #openedMs: number | undefined;
  #running: Promise<void> | undefined;

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
      const reason = await this.#connect();
      if (stopping.aborted) return;
      const hasHeld = this.#openedMs !== undefined && clock.monotonicMs() - this.#openedMs >= HELD_MS;
      failures = hasHeld ? 1 : failures + 1;
      const retryInMs = backOffMs(failures, backOff, random);
      telemetry.emit({ event: 'response.disconnected', response, reason, retryInMs });
      this.#wake = new AbortController();
      await clock.sleep(retryInMs, this.#wake.signal);
    }
  }

  /** Lives through one connection and resolves with why it ended. */
  async #connect(): Promise<string> {
    const { name: response, clock, open, telemetry } = this.#options;
    this.#openedMs = undefined;
    let connection: Connection;
    try {
      connection = open();
    } catch (error) {
      return messageOf(error);
    }
    this.#connection = connection;
    if (!(await connection.opened)) return await connection.closed;
    this.#openedMs = clock.monotonicMs();
    telemetry.emit({ event: 'response.connected', response });
    void connection.closed.then(() => this.#wake.abort());
    const fault = await this.#publishOver(connection);
    // What is of no use any more is not waited for.
    if (fault !== undefined) await connection.end();
    return fault ?? (await connection.closed);
  }

  /**
   * One after the other, so that they arrive in order, for as long as the connection is open. What has no acknowledgement
   * stays, and is published over the next one.
   *
   * @returns why the connection is of no use any more, where it may be open still
   */
  async #publishOver(connection: Connection): Promise<string | undefined> {
    const { clock, random, backOff = BACK_OFF } = this.#options;
    let refusals = 0;
    for (;;) {
      this.#wake = new AbortController();
      if (!connection.isOpen || this.#stopping.signal.aborted) return undefined;
      const alert = this.#waiting.oldest;
      if (alert === undefined) {
        await clock.sleep(LOOK_MS, this.#wake.signal);
        continue;
      }
      const outcome = await this.#send(alert, connection);
      if (outcome.kind === 'lost') return outcome.reason;
      const isKept = outcome.kind === 'refused' && outcome.isPassing === true;
      refusals = isKept ? refusals + 1 : 0;
      const retryInMs = backOffMs(refusals, backOff, random);
      this.#settle(alert, outcome, retryInMs);
      if (isKept) await clock.sleep(retryInMs, this.#wake.signal);
    }
  }

  async #send(alert: AlertEvent, connection: Connection): Promise<PublishOutcome> {
    const { gateway, topic } = this.#options;
    const payload = Buffer.from(JSON.stringify({ v: 1, gateway, ...unnumberedAlertEntry(alert) }));
    try {
      return await connection.send(topic, payload);
    } catch (error) {
      return { kind: 'lost', reason: messageOf(error) };
    }
  }

  #settle(alert: AlertEvent, outcome: PublishOutcome, retryInMs: number): void {
    const { name: response, telemetry } = this.#options;
    const { athlete, rule } = alert;
    if (outcome.kind === 'refused' && outcome.isPassing === true) {
      telemetry.emit({ event: 'response.postponed', response, athlete, rule, reason: outcome.reason, retryInMs });
      return;
    }
    this.#waiting.remove(alert);
    if (outcome.kind !== 'refused') return;
    telemetry.emit({ event: 'response.failed', response, athlete, rule, reason: outcome.reason });
  }
}
