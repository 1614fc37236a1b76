/** What to make of a way that ends early, step by step; pure. */
import type { Judgement } from './finding.ts';
import type { Failure } from './way.ts';
import { OVERDUE } from './way.ts';

export interface Surmise {
  /** As it was gone to: host and port. */
  readonly host: string;
  readonly port: number;
  /** Unix ms, by the clock of this machine: TLS goes by it. */
  readonly nowMs: number;
}

type Verdict = Pick<Judgement, 'verdict' | 'evidence' | 'remedy'>;

export function wayVerdict({ step, code, reason }: Failure, surmise: Surmise): Verdict {
  switch (step) {
    case 'DNS':
      return failed(step, dns(code, reason, surmise));
    case 'TCP':
      return failed(step, tcp(code, reason, surmise));
    case 'TLS':
      return failed(step, tls(code, reason, surmise));
    case 'MQTT':
      return failed(step, mqtt(code, reason, surmise));
  }
}

type Words = readonly [evidence: string, remedy: string];

function failed(step: Failure['step'], [evidence, remedy]: Words): Verdict {
  return { verdict: 'failed', evidence: `${step}: ${evidence}`, remedy };
}

const NO_NETWORK = 'check the network: cable, Wi-Fi or mobile link, and that a way to the internet is there';

function dns(code: string, reason: string, { host }: Surmise): Words {
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
      return [`the name ${host} does not resolve`, `correct the name in gateway.yaml, or ${NO_NETWORK}`];
    case 'EAI_AGAIN':
    case OVERDUE:
      return [`no name server answers for ${host}`, NO_NETWORK];
    default:
      return [`the name ${host} cannot be looked up: ${reason}`, `correct the name in gateway.yaml, or ${NO_NETWORK}`];
  }
}

function tcp(code: string, reason: string, { host, port }: Surmise): Words {
  switch (code) {
    case 'ECONNREFUSED':
      return [
        `${host} refuses connections to port ${port}`,
        'correct the port in gateway.yaml, or start what is to listen there',
      ];
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
      return [`there is no route to ${host}`, NO_NETWORK];
    case 'ETIMEDOUT':
    case OVERDUE:
      return [
        `${host} does not answer at port ${port}`,
        `have the firewall of this network let port ${port} out, and check that the server runs`,
      ];
    default:
      return [`no connection to ${host}, port ${port}: ${reason}`, NO_NETWORK];
  }
}

const UNTRUSTED = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
];

/** The other side says in an alert that it does not want us (RFC 8446, 6.2). */
export function isTlsAlert(code: string): boolean {
  return /^ERR_SSL_.*ALERT/.test(code);
}

function tls(code: string, reason: string, { host, port, nowMs }: Surmise): Words {
  const clock = `the clock of this machine says ${new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (UNTRUSTED.includes(code)) {
    return [
      `the certificate of ${host} is not from an authority that is trusted here (${code})`,
      'name the right authority under "ca", or remove "ca" where the system’s authorities are meant',
    ];
  }
  if (isTlsAlert(code)) {
    return [
      `${host} refuses the certificate of this gateway, or misses it (${code})`,
      'give "certificate" and "private_key" that the server knows and has not revoked',
    ];
  }
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return [
        `what answers at ${host} has a certificate for another name`,
        'write the name of the server as its certificate has it; in a guest network, sign in to it first',
      ];
    case 'CERT_NOT_YET_VALID':
      return [
        `the certificate of ${host} is not valid yet; ${clock}`,
        'set the clock right: it is most likely behind (timedatectl says whether NTP has set it)',
      ];
    case 'CERT_HAS_EXPIRED':
      return [
        `the certificate of ${host} is over; ${clock}`,
        'if the clock is right, have the certificate of the server renewed; otherwise set the clock right',
      ];
    case OVERDUE:
    case 'ECONNRESET':
    case 'EPROTO':
      return [
        `what answers at ${host}, port ${port} speaks no TLS: ${reason}`,
        'correct the port in gateway.yaml; a firewall that looks into TLS has to leave this server out',
      ];
    default:
      if (code.startsWith('ERR_SSL_')) {
        return [
          `what answers at ${host}, port ${port} speaks no TLS that is spoken here (${code})`,
          'correct the port in gateway.yaml; a server has to speak TLS 1.2 or later',
        ];
      }
      return [`there is no TLS with ${host}: ${reason}`, 'correct "ca" and the name of the server in gateway.yaml'];
  }
}

function mqtt(code: string, reason: string, { host, port }: Surmise): Words {
  const what = code === OVERDUE ? 'says nothing to MQTT' : 'speaks no MQTT';
  return [
    `what answers at ${host}, port ${port} ${what}: ${reason}`,
    'correct the port in gateway.yaml, or look after the broker',
  ];
}
