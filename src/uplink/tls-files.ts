/**
 * Reads the TLS files and holds them against each other before the first attempt to connect, because the
 * libraries report a bad file late or as a failed handshake that names no file.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { messageOf, OperatingError } from '../domain/errors.ts';

/** Paths to PEM files. */
export interface TlsFiles {
  /** Whom to trust instead of the system's authorities. */
  readonly ca?: string;
  /** What the gateway shows of itself, and the key to it: both or neither. */
  readonly certificate?: string;
  readonly privateKey?: string;
}

/** The texts of the files. */
export interface TlsTexts {
  readonly ca?: string;
  readonly identity?: Identity;
}

export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Throws `uplink-misconfigured`, naming the file and what to do. */
export function readTlsFiles({ ca, certificate, privateKey }: TlsFiles): TlsTexts {
  if ((certificate === undefined) !== (privateKey === undefined)) {
    const missing = certificate === undefined ? 'certificate' : 'private key';
    throw misconfigured(
      `the uplink's ${missing} is not set, but its counterpart is`,
      'set both certificate and private_key, or neither',
    );
  }
  return {
    ...(ca === undefined ? {} : { ca: readCertificate('CA certificate', ca).text }),
    ...(certificate === undefined || privateKey === undefined
      ? {}
      : { identity: readIdentity(certificate, privateKey) }),
  };
}

export function readIdentity(certificatePath: string, privateKeyPath: string): Identity {
  const { text, certificate } = readCertificate('certificate', certificatePath);
  const privateKey = readText('private key', privateKeyPath);
  if (!certificate.checkPrivateKey(parsePrivateKey(privateKey, privateKeyPath))) {
    throw misconfigured(
      `the private key ${privateKeyPath} does not belong to the certificate ${certificatePath}`,
      'give the two files that were issued together',
    );
  }
  try {
    // Some keys are good PEM and still refused, such as one that is too short for today's TLS.
    createSecureContext({ cert: text, key: privateKey });
  } catch (cause) {
    throw misconfigured(
      `the certificate ${certificatePath} and its key cannot be used for TLS: ${messageOf(cause)}`,
      'have new ones issued, with an elliptic-curve key or one of 2048 bits',
      cause,
    );
  }
  return { certificate: text, privateKey };
}

function readCertificate(what: string, path: string): { text: string; certificate: X509Certificate } {
  const text = readText(what, path);
  try {
    return { text, certificate: new X509Certificate(text) };
  } catch (cause) {
    throw misconfigured(
      `the ${what} ${path} is not a PEM certificate: ${messageOf(cause)}`,
      'give the file that begins with -----BEGIN CERTIFICATE-----',
      cause,
    );
  }
}

function parsePrivateKey(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw misconfigured(
      `the private key ${path} is not a PEM private key without passphrase: ${messageOf(cause)}`,
      'give the file that begins with -----BEGIN … PRIVATE KEY-----, decrypted',
      cause,
    );
  }
}

function readText(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw misconfigured(
      `the ${what} ${path} cannot be read: ${messageOf(cause)}`,
      'check the path, and that the user who runs sideline may read the file',
      cause,
    );
  }
}

function misconfigured(message: string, remedy: string, cause?: unknown): OperatingError {
  return new OperatingError('uplink-misconfigured', message, { remedy, cause });
}
