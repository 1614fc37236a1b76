/** The rig for tests: what a test leaves running, one that has failed above all, ends with it, so that the run does too. */
import { afterEach } from 'node:test';
import type { Webhook } from '../../../src/responses/webhook/webhook.ts';
import { webhookOn as newWebhookOn } from './webhook-rig.ts';

const made: Webhook[] = [];

afterEach(async () => {
  for (const webhook of made.splice(0)) await webhook.stop();
});

export function webhookOn(...args: Parameters<typeof newWebhookOn>): ReturnType<typeof newWebhookOn> {
  const rig = newWebhookOn(...args);
  made.push(rig.webhook);
  return rig;
}
