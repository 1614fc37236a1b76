/** What the MQTT reason codes mean: PUBACK, CONNACK and DISCONNECT of MQTT 5 share one numbering (MQTT 5.0, 2.4). */
import type { PublishOutcome } from '../ports.ts';

/** From here on a reason code is an error; below, 16 among them, it is a success (MQTT 5.0, 2.4). */
const FIRST_ERROR = 0x80;

const SESSION_TAKEN_OVER = 0x8e;

const REASONS: Readonly<Record<number, string>> = {
  // MQTT 3.1.1, CONNACK only
  1: 'unacceptable protocol version',
  2: 'client id rejected',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorised',
  // MQTT 5
  128: 'unspecified error',
  129: 'malformed packet',
  130: 'protocol error',
  131: 'implementation-specific error',
  132: 'unsupported protocol version',
  133: 'client id not valid',
  134: 'bad user name or password',
  135: 'not authorised',
  136: 'server unavailable',
  137: 'server busy',
  138: 'banned',
  139: 'server shutting down',
  140: 'bad authentication method',
  141: 'keep-alive timeout',
  142: 'session taken over',
  143: 'topic filter invalid',
  144: 'topic name invalid',
  145: 'packet identifier in use',
  147: 'receive maximum exceeded',
  148: 'topic alias invalid',
  149: 'packet too large',
  150: 'message rate too high',
  151: 'quota exceeded',
  152: 'administrative action',
  153: 'payload format invalid',
  154: 'retain not supported',
  155: 'QoS not supported',
  156: 'use another server',
  157: 'server moved',
  159: 'connection rate exceeded',
  160: 'maximum connect time',
};

function reasonName(code: number): string {
  return REASONS[code] ?? `reason code 0x${code.toString(16)}`;
}

/** Why a CONNECT was turned down. */
export function connectRefusal(code: number): string {
  return `the broker refused the connection: ${reasonName(code)}`;
}

/** Why the broker ended a connection that it had accepted. */
export function disconnectReason(code: number, clientId: string): string {
  return code === SESSION_TAKEN_OVER
    ? `another client connected as ${clientId}; every gateway needs a name of its own`
    : `the broker ended the connection: ${reasonName(code)}`;
}

/** What may be behind a connection that ended without a word: nobody is told, so the likely causes are named. */
export function hangUpReason(clientId: string): string {
  return `the broker hung up without a reason, as brokers do when another client connects as ${clientId} and when they may not take a message`;
}

/** The one refusal in a PUBACK that passes (MQTT 5.0, 3.4.2.1); a broker that is too busy ends the connection. */
const QUOTA_EXCEEDED = 0x97;

/** What a PUBACK says about the batch. */
export function publishOutcome(code: number): PublishOutcome {
  if (code < FIRST_ERROR) return { kind: 'acknowledged' };
  const reason = reasonName(code);
  return code === QUOTA_EXCEEDED ? { kind: 'refused', reason, isPassing: true } : { kind: 'refused', reason };
}
