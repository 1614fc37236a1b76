/**
 * The texts of the configuration that must not leave the gateway, wherever they turn up: whatever stands in a place of the two
 * files that a bundle leaves out, with the environment's variables in their places.
 */
import { basename } from 'node:path';
import type { StatusDocument } from '../../system/status-document.ts';

/** Their values go, and so does every text in what they hold. */
const GATEWAY_KEYS = new Set([
  ...['url', 'endpoint', 'username', 'password', 'secret', 'topic', 'topic_prefix', 'command', 'webhook_hosts'],
  ...['certificate', 'private_key', 'ca'],
]);
const PATH_KEYS = new Set(['certificate', 'private_key', 'ca']);
const ATHLETES_KEYS = new Set(['name', 'strap', 'set_by', 'born', 'heart_rate', 'note']);

export function privateTexts(gatewayFile: unknown, athletesFile: unknown): string[] {
  return [...textsUnder(gatewayFile, GATEWAY_KEYS), ...textsUnder(athletesFile, ATHLETES_KEYS)];
}

/** The heart rates of the athletes' own: their maximum, at rest and the like. */
export function privateNumbers(athletesFile: unknown): number[] {
  return numbersUnder(athletesFile, false);
}

function numbersUnder(value: unknown, isPrivate: boolean): number[] {
  if (typeof value === 'number') return isPrivate ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => numbersUnder(part, isPrivate || key === 'heart_rate'));
}

/** What people have written into the notes of alerts, and who. */
export function privateStatusTexts({ athletes }: StatusDocument): string[] {
  return athletes.flatMap(({ alerts = [] }) =>
    alerts.flatMap(({ note, acknowledgedBy, snoozedBy }) =>
      [note, acknowledgedBy, snoozedBy].filter((text) => text !== undefined),
    ),
  );
}

function textsUnder(value: unknown, keys: ReadonlySet<string>, key?: string): string[] {
  if (typeof value === 'string') return key === undefined ? [] : formsOf(value, key);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([inner, part]) => {
    const under = key ?? (keys.has(inner) && !Array.isArray(value) ? inner : undefined);
    return textsUnder(part, keys, under);
  });
}

function formsOf(text: string, key: string): string[] {
  if (PATH_KEYS.has(key)) return [text, basename(text)];
  // A strap's address is an id without its colons in the log.
  if (key === 'strap') return [text, text.replaceAll(':', '')];
  if (key === 'secret') return [text, text.replace(/^whsec_/, '')];
  if (key === 'name' || key === 'set_by') return [text, ...text.split(/[\s.,]+/)];
  if (key !== 'url' || !URL.canParse(text)) return [text];
  const { host, hostname, username, password } = new URL(text);
  return [text, host, hostname, decodeURIComponent(username), decodeURIComponent(password)].filter(isNobodysOwn);
}

/** That a broker is on this machine tells nothing of anybody. */
function isNobodysOwn(text: string): boolean {
  return !['localhost', '127.0.0.1', '[::1]'].includes(text);
}
