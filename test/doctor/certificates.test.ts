import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { certificateFacts, certificateVerdicts } from '../../src/doctor/certificates.ts';
import type { TlsFiles } from '../../src/uplink/tls-files.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { datedCertificate } from '../fixtures/dated-certificate.ts';
import { requires } from '../requirements.ts';
import { assertOnPage } from './page-rows.ts';

const needs = requires('openssl');

const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2026, 0, 1);
const TO_MS = Date.UTC(2027, 0, 1);

let made: Promise<Certificates> | undefined;
function certificates(): Promise<Certificates> {
  made ??= makeCertificates();
  return made;
}
after(async () => (await made)?.remove());

let issued: Promise<TlsFiles> | undefined;
async function issuedFiles(): Promise<TlsFiles> {
  const { folder, ca } = await certificates();
  const by = { certificate: ca, privateKey: join(folder, 'ca.key') };
  issued ??= datedCertificate(folder, 'dated', by, { fromMs: FROM_MS, toMs: TO_MS });
  return await issued;
}

function verdicts(files: TlsFiles, nowMs: number) {
  const found = certificateVerdicts('uplink', certificateFacts(files), nowMs);
  for (const each of found) assertOnPage('certificate', each);
  return found;
}

test('a certificate is told with how long it lasts, and the shorter that is the graver', needs, async () => {
  const files = await issuedFiles();
  const before = async (days: number) => {
    const [found] = verdicts(files, TO_MS - days * DAY_MS);
    return [found?.verdict, /for (.*) more$/.exec(found?.evidence ?? '')?.[1], found?.remedy?.split(':')[0]];
  };
  assert.deepEqual(await before(90), ['ok', '90 days', undefined]);
  assert.deepEqual(await before(30), ['ok', '30 days', undefined]);
  assert.deepEqual((await before(29.9)).slice(0, 2), ['warning', '29 days']);
  assert.deepEqual((await before(7)).slice(0, 2), ['warning', '7 days']);
  assert.deepEqual(await before(6.9), ['warning', '6 days', 'this week']);
  assert.deepEqual(await before(1), ['warning', '1 day', 'this week']);
  assert.deepEqual(await before(0.9), ['failed', 'less than a day', 'today']);
});

test(
  'one that is over, or not valid yet, has failed, and the clock of the machine is told beside it',
  needs,
  async () => {
    const files = await issuedFiles();
    const [over] = verdicts(files, TO_MS);
    assert.equal(over?.verdict, 'failed');
    assert.match(over?.evidence ?? '', /over since 2027-01-01 00:00 UTC; the clock of this machine says 2027-01-01/);
    const [early] = verdicts(files, FROM_MS - 1);
    assert.equal(early?.verdict, 'failed');
    assert.match(
      early?.evidence ?? '',
      /not valid before 2026-01-01 00:00 UTC, and the clock .* says 2025-12-31 23:59/,
    );
    assert.match(early?.remedy ?? '', /set the clock right/);
  },
);

test('a key that belongs to another certificate has failed, and so has a file that is none', needs, async () => {
  const { folder, client, server, ca } = await certificates();
  const [mixed] = verdicts({ certificate: client.certificate, privateKey: server.privateKey }, Date.now());
  assert.equal(mixed?.verdict, 'failed');
  assert.match(mixed?.evidence ?? '', /does not belong to the certificate/);
  const garbage = join(folder, 'garbage.pem');
  await writeFile(garbage, 'no PEM');
  const [none] = verdicts({ ca: garbage }, Date.now());
  assert.match(none?.evidence ?? '', /CA certificate .*garbage\.pem is not a PEM certificate/);
  const [key] = verdicts({ certificate: client.certificate, privateKey: garbage }, Date.now());
  assert.match(key?.evidence ?? '', /is not a PEM private key/);
  const [gone] = verdicts({ ca, certificate: '/none/such.pem', privateKey: client.privateKey }, Date.now());
  assert.match(gone?.evidence ?? '', /\/none\/such\.pem cannot be read/);
  for (const each of [mixed, none, key, gone]) assert.ok(each?.remedy !== undefined);
});

test('certificate and CA file are judged each for itself', needs, async () => {
  const { ca, client } = await certificates();
  const found = verdicts({ ca, ...client }, Date.now());
  // Those of the fixture are made for two days.
  assert.deepEqual(
    found.map(({ verdict, evidence }) => [verdict, evidence.split(' ', 1)[0]]),
    [
      ['warning', 'certificate'],
      ['warning', 'CA'],
    ],
  );
});

test('of the authorities in a CA file one that lasts is enough', needs, async () => {
  const { folder, ca } = await certificates();
  const old = (await issuedFiles()).certificate ?? '';
  const both = join(folder, 'authorities.pem');
  await writeFile(both, (await readFile(old, 'utf8')) + (await readFile(ca, 'utf8')));
  const nowMs = Math.max(TO_MS, Date.now() + DAY_MS);
  // The one of the fixture is made anew each day.
  const [alone] = verdicts({ ca: old }, nowMs);
  assert.equal(alone?.verdict, 'failed');
  const { files } = certificateFacts({ ca: both }) as {
    files: readonly { certificates: readonly { toMs: number }[] }[];
  };
  const longest = Math.max(...(files[0]?.certificates ?? []).map(({ toMs }) => toMs));
  const [found] = verdicts({ ca: both }, longest - 10 * DAY_MS);
  assert.notEqual(found?.verdict, 'failed');
});

test('a chain has each certificate before its issuer, and one in disorder has failed', needs, async () => {
  const { folder, ca, client, strangerCa } = await certificates();
  const chained = async (name: string, ...paths: string[]) => {
    const path = join(folder, name);
    await writeFile(path, (await Promise.all(paths.map((each) => readFile(each, 'utf8')))).join(''));
    return verdicts({ certificate: path, privateKey: client.privateKey }, Date.now())[0];
  };
  assert.equal((await chained('good.pem', client.certificate, ca))?.verdict, 'warning');
  const wrong = await chained('wrong.pem', client.certificate, strangerCa);
  assert.equal(wrong?.verdict, 'failed');
  assert.match(wrong?.evidence ?? '', /was not issued by the one after it/);
});
