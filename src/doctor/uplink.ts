/**
 * Can the brokers be reached, step by step: DNS, TCP, TLS, MQTT? A broker keeps one connection of each client id, so
 * that connecting under the gateway's own would put a running gateway out. Where one runs, its word counts for MQTT;
 * only where none does is the broker greeted in its name, since a policy lets in no other.
 */
import { isOperatingError } from '../domain/errors.ts';
import { type Broker, clientOptions } from '../uplink/mqtt-client-options.ts';
import { readTlsFiles } from '../uplink/tls-files.ts';
import { NOT_GOOD, NOT_NAMED } from './configuration.ts';
import type { Check, GatewayAnswer, Judgement, Surroundings } from './finding.ts';
import { type Greeting, greet } from './mqtt-greeting.ts';
import { type NamedBroker, namedBrokers } from './uplink-broker.ts';
import { type Failure, goTo, STEP_MS, type WayOptions } from './way.ts';
import { isTlsAlert, wayVerdict } from './way-verdict.ts';

export type UplinkFacts =
  /** Its files are no good, of which the check of certificates tells. */
  | { readonly state: 'misconfigured'; readonly reason: string }
  | { readonly state: 'failed'; readonly failure: Failure }
  | { readonly state: 'greeted'; readonly greeting: Greeting; readonly tls?: string }
  /** Everything before MQTT is good, and a gateway runs, or may run. */
  | { readonly state: 'left-alone'; readonly gateway: Exclude<GatewayAnswer, { readonly state: 'none' }> };

/** AWS IoT Core takes MQTT at port 443 where it is asked for in the handshake (its developer guide, "Protocols"). */
const AWS_PROTOCOL = 'x-amzn-mqtt-ca';
const HTTPS_PORT = 443;

export const uplinkCheck: Check = { name: 'uplink', run: async (surroundings) => await verdicts(surroundings) };

async function verdicts({ configuration, askGatewayNow, nowMs }: Surroundings): Promise<Judgement[]> {
  if (configuration === undefined) return [NOT_NAMED];
  if (configuration.settings === undefined) return [NOT_GOOD];
  const look = async (named: NamedBroker) => uplinkVerdict(named, await uplinkFacts(named, askGatewayNow), nowMs);
  return await Promise.all(namedBrokers(configuration.settings).map(look));
}

export async function uplinkFacts(
  { isAws, broker }: NamedBroker,
  askGatewayNow: Surroundings['askGatewayNow'],
  options: WayOptions = {},
): Promise<UplinkFacts> {
  const { patienceMs = STEP_MS } = options;
  try {
    const client = clientOptions(broker, patienceMs);
    const { host = '', port = 0 } = client;
    const protocols = isAws && port === HTTPS_PORT ? { protocols: [AWS_PROTOCOL] } : {};
    const tls = client.protocol === 'mqtts' ? { tls: { ...readTlsFiles(broker.tls ?? {}), ...protocols } } : {};
    const way = await goTo({ host, port, ...tls }, options);
    if (way.state === 'failed') return way;
    const gateway = await askGatewayNow();
    if (gateway.state !== 'none') {
      way.socket.destroy();
      return { state: 'left-alone', gateway };
    }
    const greeting = await greet(way.socket, client, patienceMs);
    if (greeting.state === 'failed') {
      const step = isTlsAlert(greeting.code) ? 'TLS' : 'MQTT';
      return { state: 'failed', failure: { step, code: greeting.code, reason: greeting.reason } };
    }
    return { state: 'greeted', greeting, ...(way.tls === undefined ? {} : { tls: way.tls }) };
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    return { state: 'misconfigured', reason: error.message };
  }
}

export function uplinkVerdict(named: NamedBroker, facts: UplinkFacts, nowMs: number): Judgement {
  const { role: about, broker, name } = named;
  switch (facts.state) {
    case 'misconfigured':
      return { about, verdict: 'skipped', evidence: `it cannot be tried: ${facts.reason}` };
    case 'failed':
      return { about, ...wayVerdict(facts.failure, { ...addressOf(broker), nowMs }) };
    case 'greeted':
      return { about, ...greetingVerdict(named, facts) };
    case 'left-alone':
      return { about, ...gatewayVerdict(name, facts.gateway) };
  }
}

function greetingVerdict(
  { broker: { clientId }, isAws, name }: NamedBroker,
  { greeting, tls = 'no TLS' }: UplinkFacts & { state: 'greeted' },
): Judgement {
  switch (greeting.state) {
    case 'accepted':
      return { verdict: 'ok', evidence: `${name} accepts the gateway (${tls})` };
    case 'refused':
      return {
        verdict: 'failed',
        evidence: `MQTT: ${greeting.reason}`,
        remedy: refusalRemedy(greeting.code, clientId),
      };
    case 'hung-up':
      return {
        verdict: 'failed',
        evidence: 'MQTT: the broker hung up without a reason',
        remedy: isAws
          ? `have the certificate active, and its policy allow iot:Connect for the client ${clientId}`
          : `look into the log of the broker for the client ${clientId}`,
      };
    case 'failed':
      throw new Error('a greeting that fails is the failure of a step');
  }
}

/** By the codes of CONNACK (MQTT 3.1.1, table 3.1; MQTT 5.0, 3.2.2.2). */
function refusalRemedy(code: number, clientId: string): string {
  switch (code) {
    case 1:
    case 132:
      return 'write another "protocol" for it in gateway.yaml: 5 or 3.1.1';
    case 2:
    case 133:
      return `have the broker take the client id ${clientId}, or give the gateway another name`;
    case 4:
    case 134:
      return 'correct "username" and "password" in gateway.yaml';
    case 5:
    case 135:
    case 138:
      return `have the broker, or the policy of the certificate, let the client ${clientId} connect`;
    case 3:
    case 136:
    case 137:
    case 151:
    case 159:
      return 'try again in a minute; if it lasts, look after the broker';
    default:
      return 'look into the log of the broker';
  }
}

function gatewayVerdict(name: string, gateway: Exclude<GatewayAnswer, { readonly state: 'none' }>): Judgement {
  if (gateway.state !== 'answered') {
    return {
      verdict: 'warning',
      evidence: `DNS, TCP and TLS are good; MQTT was not tried, since a gateway may be running: ${gateway.reason}`,
      remedy: gateway.remedy ?? 'look into the log of the gateway',
    };
  }
  const uplink = gateway.status.uplinks.find((each) => each.name === name);
  if (uplink === undefined) {
    return {
      verdict: 'warning',
      evidence: `DNS, TCP and TLS are good; the gateway that runs does not go to ${name} yet`,
      remedy: 'restart the gateway, which reads gateway.yaml at its start only',
    };
  }
  if (uplink.connected) return { verdict: 'ok', evidence: `the running gateway is connected to ${name}` };
  return {
    verdict: 'failed',
    evidence: 'DNS, TCP and TLS are good, and the running gateway is not connected all the same',
    remedy:
      'look into its log for the reason ("journalctl -u sideline"), or stop the gateway and run this again, which then tries MQTT too',
  };
}

function addressOf({ url }: Broker): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'mqtts:' ? 8883 : 1883)) };
}
