/** Are the hosts of webhooks and local topics there? Goes as far as TLS, and never posts or publishes anything. */
import { readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import type { ResponseSettings } from '../config/response-schema.ts';
import { messageOf } from '../domain/errors.ts';
import { guardedLookup } from '../responses/webhook/addresses.ts';
import { NOT_GOOD, NOT_NAMED } from './configuration.ts';
import type { Check, Judgement } from './finding.ts';
import { skipped } from './finding.ts';
import { type Destination, goTo, type WayOptions } from './way.ts';
import { wayVerdict } from './way-verdict.ts';

type Remote = Extract<ResponseSettings, { readonly url: string }>;

export const responsesCheck: Check = {
  name: 'response',
  run: async ({ configuration, nowMs }) => {
    if (configuration === undefined) return [NOT_NAMED];
    if (configuration.settings === undefined) return [NOT_GOOD];
    const remote = configuration.settings.responses.filter((response) => response.kind !== 'command');
    if (remote.length === 0) return [skipped('no response goes over the network')];
    return await Promise.all(remote.map((response) => responseVerdict(response, nowMs)));
  },
};

export async function responseVerdict(response: Remote, nowMs: number, options: WayOptions = {}): Promise<Judgement> {
  const about = response.choice.name;
  const authorities = authoritiesOf(response);
  if (authorities.state === 'unreadable') return skipped(`it cannot be tried: ${authorities.reason}`, about);
  const destination = destinationOf(response.url, authorities.ca);
  // The names of webhooks may not lead everywhere, which is their rule and not that of a local broker.
  const guarded: { lookup?: LookupFunction } = response.kind === 'webhook' ? { lookup: guardedLookup } : {};
  const way = await goTo(destination, { ...guarded, ...options });
  if (way.state === 'failed') return { about, ...wayVerdict(way.failure, { ...destination, nowMs }) };
  way.socket.destroy();
  const how = way.tls === undefined ? 'without TLS' : way.tls;
  return {
    about,
    verdict: 'ok',
    evidence: `${destination.host}, port ${destination.port} is there (${how}); nothing was sent`,
  };
}

type Authorities =
  | { readonly state: 'known'; readonly ca?: string }
  | { readonly state: 'unreadable'; readonly reason: string };

function authoritiesOf(response: Remote): Authorities {
  const path = response.kind === 'webhook' ? response.ca : response.tls?.ca;
  if (path === undefined) return { state: 'known' };
  try {
    return { state: 'known', ca: readFileSync(path, 'utf8') };
  } catch (error) {
    return { state: 'unreadable', reason: messageOf(error) };
  }
}

const USUAL_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80, 'mqtts:': 8883, 'mqtt:': 1883 };

function destinationOf(url: string, ca: string | undefined): Destination {
  const { hostname, port, protocol } = new URL(url);
  const isSecure = protocol === 'https:' || protocol === 'mqtts:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (USUAL_PORTS[protocol] ?? 0) : Number(port),
    ...(isSecure ? { tls: ca === undefined ? {} : { ca } } : {}),
  };
}
