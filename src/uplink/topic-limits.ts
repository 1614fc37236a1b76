/**
 * Topics are checked before the first message, because a broker answers a bad one by hanging up without a
 * reason, and would do so for every message to it.
 */
import { OperatingError } from '../domain/errors.ts';
import { topicFor } from './message.ts';

/** AWS IoT Core's limits; the three segments that a Basic Ingest topic begins with do not count. */
const AWS_IOT = { topicBytes: 256, slashes: 7, clientIdBytes: 128 } as const;
const BASIC_INGEST = /^\$aws\/rules\/[^/]+\//;

/** Throws `uplink-misconfigured` for a topic that no message may be published to. */
export function checkTopic(prefix: string, gateway: string): void {
  const topic = topicFor(prefix, gateway, 'samples');
  if (/[+#\0]/.test(topic)) {
    throw misconfigured(`the topic ${JSON.stringify(topic)} contains +, # or NUL, which only a subscription may`);
  }
}

export function checkAwsIotTopic(prefix: string, gateway: string): void {
  checkTopic(prefix, gateway);
  const topic = topicFor(prefix, gateway, 'samples').replace(BASIC_INGEST, '');
  const bytes = Buffer.byteLength(topic);
  const slashes = topic.split('/').length - 1;
  if (bytes > AWS_IOT.topicBytes) {
    throw misconfigured(`the topic ${topic} has ${bytes} bytes; AWS IoT Core takes ${AWS_IOT.topicBytes}`);
  }
  if (slashes > AWS_IOT.slashes) {
    throw misconfigured(`the topic ${topic} has ${slashes} slashes; AWS IoT Core takes ${AWS_IOT.slashes}`);
  }
  if (Buffer.byteLength(gateway) > AWS_IOT.clientIdBytes) {
    throw misconfigured(
      `the gateway's name is longer than the ${AWS_IOT.clientIdBytes} bytes that AWS IoT Core takes as client id`,
    );
  }
}

function misconfigured(message: string): OperatingError {
  return new OperatingError('uplink-misconfigured', message, {
    remedy: 'change the topic prefix or the gateway’s name',
  });
}
