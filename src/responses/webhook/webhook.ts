/**
 * Sends alerts to a receiver over HTTP, from the log and not from memory: what it has not taken is sent after a restart or
 * a crash too. In the log it has a role of its own, like an uplink's, but for alerts alone and without a say in what may go
 * to make room: a receiver that is dead for weeks must not fill the card.
 *
 * Invariants: an alert is acknowledged when the receiver has taken it, has refused it for good, when it is too old to be
 * of use, or is not for this webhook; the last but one of these is told as an error. One request is under way at a time.
 */
import { encodedBatch } from '../../domain/entries.ts';
import { isOperatingError, messageOf } from '../../domain/errors.ts';
import type { Batch } from '../../domain/record.ts';
import { calls, type ResponseChoice } from '../../domain/response-choice.ts';
import type { Timekeeper } from '../../domain/timekeeper.ts';
import type { Clock, Outbox, Responder, Telemetry } from '../../ports.ts';
import type { BackOffLimits } from '../../uplink/back-off.ts';
import { encodeMessage } from '../../uplink/message.ts';
import { unlessBroken } from '../unless-broken.ts';
import { type PostOutcome, post } from './post.ts';
import { signatureHeaders } from './signature.ts';
import { type Age, UnreadAlerts } from './unread-alerts.ts';
import { type AlertDelivery, WaitingDeliveries } from './waiting-deliveries.ts';

export interface WebhookOptions {
  readonly choice: ResponseChoice;
  readonly gateway: string;
  readonly url: URL;
  readonly ca?: string | undefined;
  /** As it is written: `whsec_…`. */
  readonly secret: string;
  /** How long an attempt may take, ms. */
  readonly timeoutMs: number;
  /** An alert that is older is sent to nobody any more, ms. */
  readonly giveUpAfterMs: number;
  readonly outbox: Outbox;
  /** The time that records go by, and not the machine's: that may be wrong, and a receiver refuses what seems old. */
  readonly timekeeper: Pick<Timekeeper, 'isSettled' | 'wallMs'>;
  readonly clock: Clock;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly backOff?: BackOffLimits;
}

const BACK_OFF: BackOffLimits = { minMs: 1_000, maxMs: 300_000 };

/** An alarm may be raised before its alert is stored: for so long after one the log is looked at often. */
const EXPECTED_MS = 60_000;
const LOOK_MS = { expecting: 500, usual: 5_000 } as const;

export class Webhook implements Responder {
  readonly #options: WebhookOptions;
  readonly #role: string;
  readonly #unread: UnreadAlerts;
  readonly #waiting: WaitingDeliveries;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  #expectedUntilMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#role = `response:${options.choice.name}`;
    this.#unread = new UnreadAlerts(options.outbox, this.#role);
    this.#waiting = new WaitingDeliveries(options.backOff ?? BACK_OFF, options.random);
  }

  start(): void {
    this.#unread.begin();
    this.#running = unlessBroken(this.#run(), this.#options.choice.name, this.#options.telemetry);
  }

  /** What has happened is in the log, or about to be. */
  respond(): void {
    this.#expectedUntilMs = this.#options.clock.monotonicMs() + EXPECTED_MS;
    this.#wake.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const stopping = this.#stopping.signal;
    while (!stopping.aborted) {
      this.#wake = new AbortController();
      await this.#read();
      const isBusy = await this.#sendNext();
      if (isBusy || stopping.aborted) continue;
      const nowMs = clock.monotonicMs();
      const lookMs = nowMs < this.#expectedUntilMs || this.#isFailing ? LOOK_MS.expecting : LOOK_MS.usual;
      await clock.sleep(Math.min(lookMs, this.#waiting.idleMs(nowMs)), this.#wake.signal);
    }
  }

  /** Reads ahead what is for this webhook. */
  async #read(): Promise<void> {
    const { choice, giveUpAfterMs, telemetry } = this.#options;
    let outdated = 0;
    try {
      for (const age of ['new', 'old'] as const) {
        while (this.#waiting.hasRoomFor(age) && !this.#stopping.signal.aborted) {
          const batch = await this.#unread.next(age);
          if (batch === undefined) break;
          if (this.#take(batch, age) === 'outdated') outdated += 1;
        }
      }
      this.#isFailing = false;
    } catch (error) {
      this.#failed(error);
    }
    if (outdated === 0) return;
    const hours = giveUpAfterMs / 3_600_000;
    telemetry.emit({ event: 'response.outdated', response: choice.name, alerts: outdated, hours });
  }

  /** A store that cannot be read is told once. */
  #failed(error: unknown): void {
    if (!isOperatingError(error)) throw error;
    const { choice, telemetry } = this.#options;
    const reason = messageOf(error);
    if (!this.#isFailing) telemetry.emit({ event: 'response.store-failed', response: choice.name, reason });
    this.#isFailing = true;
  }

  #take(batch: Batch, age: Age): 'outdated' | undefined {
    const { choice, clock, gateway, outbox } = this.#options;
    const readMonotonicMs = clock.monotonicMs();
    if (batch.kind !== 'alerts') throw new Error('the log gave something else than alerts');
    const [alert] = batch.records;
    if (alert === undefined) throw new Error('the log gave a batch without a record');
    const delivery = { id: `${gateway}/${batch.epoch}/${alert.seq}`, alert, batch, readMonotonicMs };
    const isFor = calls(alert, choice);
    const isOutdated = isFor && this.#isTooOld(delivery);
    if (isFor && !isOutdated && this.#waiting.add(delivery, age)) return undefined;
    outbox.acknowledge(this.#role, batch);
    return isOutdated ? 'outdated' : undefined;
  }

  /** @returns whether there may be more to send at once */
  async #sendNext(): Promise<boolean> {
    const { clock } = this.#options;
    for (const delivery of this.#waiting) if (this.#isTooOld(delivery)) this.#giveUp(delivery, this.#tooOld());
    const delivery = this.#waiting.next(clock.monotonicMs());
    if (delivery === undefined) return false;
    const outcome = await this.#post(await this.#corrected(delivery));
    if (!this.#stopping.signal.aborted || outcome.kind === 'taken') this.#settle(delivery, outcome);
    return true;
  }

  /** One that was read before the time was known is sent with the right one, where it is known by now. */
  async #corrected(delivery: AlertDelivery): Promise<AlertDelivery> {
    if (delivery.batch.unsynchronised === undefined || !this.#options.timekeeper.isSettled) return delivery;
    try {
      const batch = await this.#unread.anew(delivery.batch);
      return batch === undefined ? delivery : { ...delivery, batch };
    } catch (error) {
      this.#failed(error);
      return delivery;
    }
  }

  async #post({ id, batch }: AlertDelivery): Promise<PostOutcome> {
    const { gateway, url, ca, secret, timeoutMs, timekeeper, clock } = this.#options;
    const body = encodeMessage(gateway, encodedBatch(batch));
    const timestampS = Math.floor(timekeeper.wallMs(clock.monotonicMs()) / 1000);
    const headers = signatureHeaders({ id, timestampS, body }, secret);
    return await post({ url, ca, headers, body, timeoutMs, clock, end: this.#stopping.signal });
  }

  #settle(delivery: AlertDelivery, outcome: PostOutcome): void {
    const { choice, clock, timekeeper, outbox, telemetry } = this.#options;
    const { athlete, rule } = delivery.alert;
    const what = { response: choice.name, athlete, rule };
    const nowMs = clock.monotonicMs();
    if (outcome.kind === 'taken') {
      this.#waiting.taken(delivery);
      outbox.acknowledge(this.#role, delivery.batch);
      const seconds = Math.round(nowMs - delivery.readMonotonicMs) / 1000;
      telemetry.emit({ event: 'response.done', ...what, how: `the receiver answered ${outcome.status}`, seconds });
    } else if (outcome.kind === 'refused' && timekeeper.isSettled) this.#giveUp(delivery, outcome.reason);
    else {
      const retryInMs = this.#waiting.postponed(
        delivery.id,
        nowMs,
        outcome.kind === 'later' ? outcome.afterMs : undefined,
      );
      if (this.#waiting.takeForgotten()) this.#unread.again();
      telemetry.emit({ event: 'response.postponed', ...what, reason: outcome.reason, retryInMs });
    }
  }

  #giveUp({ id, alert: { athlete, rule }, batch }: AlertDelivery, reason: string): void {
    const { choice, outbox, telemetry } = this.#options;
    this.#waiting.dropped(id);
    outbox.acknowledge(this.#role, batch);
    telemetry.emit({ event: 'response.failed', response: choice.name, athlete, rule, reason });
  }

  /** By its own time where that is right, and otherwise by how long it is known here. */
  #isTooOld({ alert, batch, readMonotonicMs }: AlertDelivery): boolean {
    const { clock, timekeeper, giveUpAfterMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const isRight = batch.unsynchronised === undefined && timekeeper.isSettled;
    return (isRight ? timekeeper.wallMs(nowMs) - alert.timeMs : nowMs - readMonotonicMs) > giveUpAfterMs;
  }

  #tooOld(): string {
    return `it is older than ${this.#options.giveUpAfterMs / 3_600_000} h`;
  }
}
