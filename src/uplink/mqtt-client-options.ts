/** How mqtt.js is to reach a broker, held against what cannot work before the first attempt. */
import type { IClientOptions } from 'mqtt';
import { OperatingError } from '../domain/errors.ts';
import { KEEP_ALIVE_S } from './timing.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export interface Broker {
  /** A broker keeps one connection of each. */
  readonly clientId: string;
  /** `mqtt://host:1883`, or `mqtts://host:8883` with TLS; without user and password, since it appears in the log. */
  readonly url: string;
  /** 5 for MQTT 5, 4 for MQTT 3.1.1. */
  readonly protocol: 4 | 5;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsFiles;
}

/** Throws `uplink-misconfigured` for a URL or TLS file that cannot work. */
export function clientOptions(broker: Broker, connectTimeoutMs: number): IClientOptions & { clientId: string } {
  const { clientId, protocol, username, password, tls } = broker;
  const url = parseUrl(broker.url);
  const secure = url.protocol === 'mqtts:';
  if (tls !== undefined && !secure) {
    throw misconfigured(
      `the uplink ${broker.url} has TLS files but no TLS`,
      'write mqtts:// or remove the tls settings',
    );
  }
  const { ca, identity } = readTlsFiles(tls ?? {});
  // The address goes in as parts: from a URL mqtt.js would also take the client id.
  return {
    protocol: secure ? 'mqtts' : 'mqtt',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 8883 : 1883) : Number(url.port),
    clientId,
    clean: true,
    protocolVersion: protocol,
    keepalive: KEEP_ALIVE_S,
    reconnectPeriod: 0,
    // What it would say goes nowhere, and to make it up takes a tenth of what the main thread allocates in a drain.
    log: () => {},
    // Of the two bytes of each number of 16 bits: eight megabytes that are not missed.
    writeCache: false,
    connectTimeout: connectTimeoutMs,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.privateKey }),
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['mqtt:', 'mqtts:'].includes(url.protocol) || url.hostname === '' || url.username !== '') {
    throw misconfigured(
      "the uplink's url is not a broker's address",
      'write mqtt://host:port or mqtts://host:port, and user and password apart from it',
    );
  }
  return url;
}

function misconfigured(message: string, remedy: string): OperatingError {
  return new OperatingError('uplink-misconfigured', message, { remedy });
}
