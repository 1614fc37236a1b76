/** Brokers and topics, as both files may name them. */
import { referenceTo } from './environment.ts';

/** No wildcard, no empty level, not in `$`: the broker's own topics. */
export const TOPIC_PATTERN = /^(?!\$)[^+#/\s\p{Cc}]+(\/[^+#/\s\p{Cc}]+)*$/u;

/** What is wrong with the address of a broker, in the words of a schema's message; undefined where nothing is. */
export function whyNoBroker(text: string): string | undefined {
  const form = 'write mqtt://host:1883 or mqtts://host:8883';
  if (!URL.canParse(text)) return `is no URL; ${form}`;
  const url = new URL(text);
  if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:') return `does not begin with mqtt:// or mqtts://; ${form}`;
  if (url.username !== '' || url.password !== '') {
    return `holds a user or a password; write them under "username" and "password", the latter as "${referenceTo('MQTT_PASSWORD')}"`;
  }
  if (url.hostname === '') return `names no host; ${form}`;
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    return `has something after the host and port; ${form}`;
  }
  return undefined;
}
