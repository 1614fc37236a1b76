/**
 * What a receiver knows a genuine request by: the headers of Standard Webhooks (https://www.standardwebhooks.com), for which
 * there are libraries in many languages.
 *
 * The signature is HMAC-SHA256 over `<id>.<timestamp>.<body>`. The id is the alert's own and stays the same however often it
 * is sent; the timestamp is that of the attempt, so that a receiver can refuse what somebody has recorded and sends again.
 */
import { createHmac } from 'node:crypto';

/** A secret as it is written: `whsec_` and 24 to 64 bytes in base64. */
export const SECRET_PATTERN = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

const PREFIX = 'whsec_';

export interface Signed {
  readonly id: string;
  /** Unix s, whole. */
  readonly timestampS: number;
  readonly body: Uint8Array;
}

/** @param secret as it is written */
export function signatureHeaders({ id, timestampS, body }: Signed, secret: string): Record<string, string> {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestampS}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampS), 'webhook-signature': `v1,${signature}` };
}
