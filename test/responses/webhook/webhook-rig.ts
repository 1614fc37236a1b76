/** A webhook over a real store, to a real receiver. */
import type { AlertEvent } from '../../../src/domain/alert.ts';
import type { ResponseChoice } from '../../../src/domain/response-choice.ts';
import { Timekeeper } from '../../../src/domain/timekeeper.ts';
import type { Clock, Outbox } from '../../../src/ports.ts';
import { Webhook, type WebhookOptions } from '../../../src/responses/webhook/webhook.ts';
import { SystemClock } from '../../../src/system/clock.ts';
import { alertOf, Heard } from '../heard.ts';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export const OFFICE: ResponseChoice = {
  name: 'office',
  severity: 'warning',
  events: ['raised', 'escalated', 'cleared'],
};

/** How the gateway calls the webhook in the log. */
export const ROLE = 'response:office';

/** A timekeeper that follows this machine's clock from now on. */
export function timeOf(clock: Clock, trust: 'always' | 'ntp' = 'always'): Timekeeper {
  return new Timekeeper({ trust, first: { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() } });
}

export function webhookOn(outbox: Outbox, url: URL, more: Partial<WebhookOptions> = {}) {
  const heard = new Heard();
  const clock = new SystemClock();
  const webhook = new Webhook({
    choice: OFFICE,
    gateway: 'pitch-3',
    url,
    secret: SECRET,
    timeoutMs: 20_000,
    giveUpAfterMs: 86_400_000,
    outbox,
    timekeeper: timeOf(clock),
    clock,
    random: Math.random,
    telemetry: heard,
    backOff: { minMs: 10, maxMs: 50 },
    ...more,
  });
  /** Stores an alert and tells it, as the gateway does. */
  const raise = async (athlete: string, alert: Partial<AlertEvent> = {}) => {
    const raised = alertOf(athlete, { timeMs: Date.now(), ...alert });
    await outbox.append([{ kind: 'alert', alert: raised }]);
    webhook.respond();
  };
  return { webhook, heard, raise };
}
