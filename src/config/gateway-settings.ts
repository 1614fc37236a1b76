/** Brings a checked gateway.yaml into the form that the rest of the program uses. */
import { resolve } from 'node:path';
import type { GatewayFile, GatewaySettings, UplinkSettings } from './gateway-schema.ts';
import { loopbackAddress } from './loopback-address.ts';
import { responseSettings } from './response-settings.ts';

/** @param directory what relative paths in the file are relative to */
export function gatewaySettings(file: GatewayFile, directory: string): GatewaySettings {
  const { publishes_per_second: publishesPerSecond, bytes_per_second: bytesPerSecond } = file.limits;
  return {
    gateway: file.gateway,
    athletesFile: resolve(directory, file.athletes),
    store: {
      path: resolve(directory, file.store.path),
      maxBytes: file.store.max_size,
      keepAroundMs: file.store.keep_around_alerts,
    },
    radio: { adapters: file.radio.adapters, linksPerAdapter: file.radio.links_per_adapter },
    uplink: uplinkSettings(file.uplink, directory),
    ...(file.mirror === undefined ? {} : { mirror: uplinkSettings(file.mirror, directory) }),
    responses: Object.entries(file.responses).map(([name, response]) => responseSettings(name, response, directory)),
    clock: { trust: file.clock.trust, waitMs: file.clock.wait },
    privacy: { sendNotes: file.privacy.send_notes },
    ...(file.metrics === undefined ? {} : { metrics: loopbackAddress(file.metrics.listen) }),
    limits: {
      ingestQueue: file.limits.ingest_queue,
      groupCommitMs: file.limits.group_commit,
      inFlight: file.limits.in_flight,
      ...(publishesPerSecond === undefined ? {} : { publishesPerSecond }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    },
  };
}

function uplinkSettings(uplink: GatewayFile['uplink'], directory: string): UplinkSettings {
  const { ca, certificate, private_key: privateKey, compression } = uplink;
  if (uplink.kind === 'aws-iot') {
    return {
      kind: 'aws-iot',
      endpoint: uplink.endpoint,
      port: uplink.port,
      topicPrefix: uplink.topic_prefix,
      certificate: resolve(directory, uplink.certificate),
      privateKey: resolve(directory, uplink.private_key),
      ...(ca === undefined ? {} : { ca: resolve(directory, ca) }),
      compression,
    };
  }
  const tls = {
    ...(ca === undefined ? {} : { ca: resolve(directory, ca) }),
    ...(certificate === undefined ? {} : { certificate: resolve(directory, certificate) }),
    ...(privateKey === undefined ? {} : { privateKey: resolve(directory, privateKey) }),
  };
  return {
    kind: 'mqtt',
    url: uplink.url,
    protocol: uplink.protocol === 5 ? 5 : 4,
    ...(uplink.username === undefined ? {} : { username: uplink.username }),
    ...(uplink.password === undefined ? {} : { password: uplink.password }),
    topicPrefix: uplink.topic_prefix,
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    compression,
  };
}
