/**
 * The second peer: mqtt.js with its queue in memory, a message a sample at QoS 1. Publishes from when it has begun, whether
 * connected or not, or from when it is connected; says how many it has taken, and how long their delivery took.
 */
import { connect } from 'mqtt';
import type { MqttJsJob } from './job.ts';
import { PEER_TOPIC, payloadOf } from './messages.ts';

// However the measurement ends, this ends with it.
process.stdin.on('end', () => process.exit()).resume();

const { url, from, to, waits } = JSON.parse(process.argv[2] ?? '') as MqttJsJob;

/** mqtt.js has identifiers for 65,535 at once and drops what comes above that without a word. */
const UNACKNOWLEDGED_MAX = 60_000;

const client = connect(url, { clientId: 'mqtt-js', clean: false, protocolVersion: 4, reconnectPeriod: 100 });
client.on('error', () => {});
if (waits) await new Promise<void>((resolve) => client.once('connect', () => resolve()));

const payloads = Array.from({ length: to - from }, (_, index) => payloadOf(from + index));
const beginMs = performance.now();
let taken = 0;
let delivered = 0;
pump();

function pump(): void {
  while (taken < payloads.length && taken - delivered < UNACKNOWLEDGED_MAX) {
    client.publish(PEER_TOPIC, payloads[taken] ?? '', { qos: 1 }, onDelivered);
    taken++;
    if (taken % 100 === 0 || taken === payloads.length) say({ accepted: from + taken, delivered });
  }
}

function onDelivered(): void {
  delivered++;
  if (delivered % 100 === 0) say({ accepted: from + taken, delivered });
  pump();
  if (delivered < payloads.length) return;
  say({ seconds: (performance.now() - beginMs) / 1000 });
  process.exit();
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
