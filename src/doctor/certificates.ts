/**
 * The certificates and keys of the ways to the cloud: can they be used, do they belong together, and for how long? That
 * the broker takes them is for the check of the uplink to say.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isOperatingError } from '../domain/errors.ts';
import { readTlsFiles, type TlsFiles } from '../uplink/tls-files.ts';
import { NOT_GOOD, NOT_NAMED } from './configuration.ts';
import type { Check, Judgement, Surroundings } from './finding.ts';
import { skipped } from './finding.ts';
import { namedBrokers } from './uplink-broker.ts';

interface CertificateFacts {
  readonly path: string;
  readonly kind: 'certificate' | 'CA file';
  /** As they stand in the file. */
  readonly certificates: readonly Validity[];
  /** Each but the last was issued by the one after it; of a CA file nobody expects that. */
  readonly isChain: boolean;
}

interface Validity {
  /** Unix ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

export type FilesFacts =
  | { readonly state: 'unusable'; readonly reason: string; readonly remedy: string }
  | { readonly state: 'usable'; readonly files: readonly CertificateFacts[] };

const DAY_MS = 86_400_000;

/** Renewal takes somebody who can do it, and then a visit to the gateway. */
const SOON_DAYS = 30;
const URGENT_DAYS = 7;
const LAST_DAYS = 1;

const RENEW = 'have a new certificate issued, put it and its key in place, and restart the gateway';

export const certificatesCheck: Check = { name: 'certificate', run: async (surroundings) => verdicts(surroundings) };

function verdicts({ configuration, nowMs }: Pick<Surroundings, 'configuration' | 'nowMs'>): Judgement[] {
  if (configuration === undefined) return [NOT_NAMED];
  if (configuration.settings === undefined) return [NOT_GOOD];
  return namedBrokers(configuration.settings).flatMap(({ role, broker: { url, tls } }) => {
    if (tls === undefined) {
      const why = url.startsWith('mqtts:') ? 'it shows none, and trusts the system’s authorities' : 'it is without TLS';
      return [skipped(why, role)];
    }
    return certificateVerdicts(role, certificateFacts(tls), nowMs);
  });
}

export function certificateFacts(files: TlsFiles): FilesFacts {
  try {
    readTlsFiles(files);
    const { certificate, ca } = files;
    return {
      state: 'usable',
      files: [
        ...(certificate === undefined ? [] : [factsOf(certificate, 'certificate')]),
        ...(ca === undefined ? [] : [factsOf(ca, 'CA file')]),
      ],
    };
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    return { state: 'unusable', reason: error.message, remedy: error.remedy ?? RENEW };
  }
}

/** @param about which uplink */
export function certificateVerdicts(about: string, facts: FilesFacts, nowMs: number): Judgement[] {
  if (facts.state === 'unusable') {
    return [{ about, verdict: 'failed', evidence: facts.reason, remedy: facts.remedy }];
  }
  return facts.files.map((file) => ({ about, ...verdictOf(file, nowMs) }));
}

function verdictOf({ path, kind, certificates, isChain }: CertificateFacts, nowMs: number): Judgement {
  // One authority of several that is over is usual, as long as another is there.
  const counting = kind === 'CA file' ? lastingLongest(certificates) : certificates;
  const fromMs = Math.max(...counting.map((each) => each.fromMs));
  const toMs = Math.min(...counting.map((each) => each.toMs));
  const what = `${kind} ${path}`;
  if (nowMs < fromMs) {
    return {
      verdict: 'failed',
      evidence: `${what} is not valid before ${day(fromMs)}, and the clock of this machine says ${day(nowMs)}`,
      remedy: 'set the clock right; where it is right already, have a certificate issued that is valid now',
    };
  }
  if (nowMs >= toMs) {
    return {
      verdict: 'failed',
      evidence: `${what} has been over since ${day(toMs)}; the clock of this machine says ${day(nowMs)}`,
      remedy: RENEW,
    };
  }
  if (!isChain) {
    return {
      verdict: 'failed',
      evidence: `${what} holds several certificates, and one was not issued by the one after it`,
      remedy: 'put the gateway’s own certificate first, and each issuer after what it has issued',
    };
  }
  return lasting(what, toMs, nowMs);
}

function lasting(what: string, toMs: number, nowMs: number): Judgement {
  const days = Math.floor((toMs - nowMs) / DAY_MS);
  const left = days < LAST_DAYS ? 'less than a day' : days === 1 ? '1 day' : `${days} days`;
  const evidence = `${what} is valid until ${day(toMs)}, for ${left} more`;
  if (days >= SOON_DAYS) return { verdict: 'ok', evidence };
  if (days >= URGENT_DAYS) return { verdict: 'warning', evidence, remedy: RENEW };
  if (days >= LAST_DAYS) return { verdict: 'warning', evidence, remedy: `this week: ${RENEW}` };
  return { verdict: 'failed', evidence, remedy: `today: ${RENEW}` };
}

function lastingLongest(certificates: readonly Validity[]): Validity[] {
  return [...certificates].sort((a, b) => b.toMs - a.toMs).slice(0, 1);
}

function factsOf(path: string, kind: CertificateFacts['kind']): CertificateFacts {
  const pems = readFileSync(path, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const certificates = pems.map((pem) => new X509Certificate(pem));
  const isIssued = (certificate: X509Certificate, index: number) => {
    const issuer = certificates[index + 1];
    return issuer === undefined || certificate.checkIssued(issuer);
  };
  return {
    path,
    kind,
    certificates: certificates.map(({ validFrom, validTo }) => ({
      fromMs: Date.parse(validFrom),
      toMs: Date.parse(validTo),
    })),
    isChain: kind === 'CA file' || certificates.every(isIssued),
  };
}

function day(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
