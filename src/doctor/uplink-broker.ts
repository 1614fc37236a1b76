/** The brokers that a configuration names, each in one form whatever its kind. */
import type { GatewaySettings, UplinkSettings } from '../config/gateway-schema.ts';
import type { Broker } from '../uplink/mqtt-client-options.ts';

export interface NamedBroker {
  /** The key in gateway.yaml. */
  readonly role: 'uplink' | 'mirror';
  readonly isAws: boolean;
  /** By which a running gateway tells of it. */
  readonly name: string;
  readonly broker: Broker;
}

export function namedBrokers({ gateway, uplink, mirror }: GatewaySettings): NamedBroker[] {
  return [named('uplink', uplink, gateway), ...(mirror === undefined ? [] : [named('mirror', mirror, gateway)])];
}

function named(role: NamedBroker['role'], uplink: UplinkSettings, clientId: string): NamedBroker {
  if (uplink.kind === 'mqtt') {
    const { url, protocol, username, password, tls } = uplink;
    const credentials = {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
    };
    return { role, isAws: false, name: url, broker: { clientId, url, protocol, ...credentials } };
  }
  const { endpoint, port, certificate, privateKey, ca } = uplink;
  const tls = { certificate, privateKey, ...(ca === undefined ? {} : { ca }) };
  const url = `mqtts://${endpoint}:${port}`;
  return { role, isAws: true, name: `aws-iot ${endpoint}`, broker: { clientId, url, protocol: 5, tls } };
}
