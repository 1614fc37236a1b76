import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type LookupFunction, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { type Destination, goTo, type WayOptions } from '../../src/doctor/way.ts';
import { wayVerdict } from '../../src/doctor/way-verdict.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { datedCertificate } from '../fixtures/dated-certificate.ts';
import { freePort } from '../fixtures/free-port.ts';
import { withFullListener } from '../fixtures/full-listener.ts';
import { requires } from '../requirements.ts';
import { assertOnPage } from './page-rows.ts';

const needs = requires('openssl');
const DAY_MS = 86_400_000;

let made: Promise<Certificates> | undefined;
function certificates(): Promise<Certificates> {
  made ??= makeCertificates();
  return made;
}
after(async () => (await made)?.remove());

/** What is made of it: `open`, or the sentence and what to do. */
async function told(destination: Destination, options: WayOptions = {}): Promise<{ evidence: string; remedy: string }> {
  const way = await goTo(destination, options);
  if (way.state === 'open') {
    way.socket.destroy();
    return { evidence: 'open', remedy: '' };
  }
  const { verdict, evidence, remedy } = wayVerdict(way.failure, { ...destination, nowMs: Date.now() });
  assert.equal(verdict, 'failed');
  assert.ok(remedy !== undefined);
  assertOnPage('uplink', { verdict, evidence, remedy });
  return { evidence, remedy };
}

async function listening<T>(server: Server, body: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await body((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test('a name that nobody has ends at DNS', async () => {
  const { evidence, remedy } = await told({ host: 'no-such-host.invalid', port: 8883 });
  assert.match(evidence, /^DNS: (the name no-such-host\.invalid does not resolve|no name server answers)/);
  assert.match(remedy, /network/);
});

test('a name that does not exist is told from name servers that do not answer', async () => {
  const lookup = (code: string): LookupFunction => {
    return (_host, _options, done) => done(Object.assign(new Error(code), { code }), '', 0);
  };
  const host = 'broker.example.org';
  const unknown = await told({ host, port: 1 }, { lookup: lookup('ENOTFOUND') });
  assert.equal(unknown.evidence, 'DNS: the name broker.example.org does not resolve');
  const silent = await told({ host, port: 1 }, { lookup: lookup('EAI_AGAIN') });
  assert.equal(silent.evidence, 'DNS: no name server answers for broker.example.org');
  const overdue = await told({ host, port: 1 }, { lookup: () => {}, patienceMs: 20 });
  assert.equal(overdue.evidence, 'DNS: no name server answers for broker.example.org');
});

test('a port where nothing listens ends at TCP, refused', async () => {
  const port = await freePort();
  const { evidence, remedy } = await told({ host: '127.0.0.1', port });
  assert.equal(evidence, `TCP: 127.0.0.1 refuses connections to port ${port}`);
  assert.match(remedy, /port/);
});

test('a host that says nothing ends at TCP when the patience is over, and the firewall is named', () =>
  withFullListener(async (port) => {
    const { evidence, remedy } = await told({ host: '127.0.0.1', port }, { patienceMs: 300 });
    assert.equal(evidence, `TCP: 127.0.0.1 does not answer at port ${port}`);
    assert.match(remedy, /firewall/);
  }));

test('no route is told from a refusal', () => {
  const failure = { step: 'TCP', code: 'ENETUNREACH', reason: 'connect ENETUNREACH' } as const;
  const { evidence, remedy } = wayVerdict(failure, { host: '10.1.2.3', port: 1, nowMs: 0 });
  assert.equal(evidence, 'TCP: there is no route to 10.1.2.3');
  assert.match(remedy ?? '', /Wi-Fi/);
});

async function withTls<T>(pair: { certificate: string; privateKey: string }, body: (port: number) => Promise<T>) {
  const [cert, key] = await Promise.all([readFile(pair.certificate), readFile(pair.privateKey)]);
  return await listening(
    createTlsServer({ cert, key }).on('tlsClientError', () => {}),
    body,
  );
}

test('with the right authority and name the way is open', needs, async () => {
  const { server, ca } = await certificates();
  const authority = await readFile(ca, 'utf8');
  await withTls(server, async (port) => {
    assert.equal((await told({ host: 'localhost', port, tls: { ca: authority } })).evidence, 'open');
    assert.equal((await told({ host: '127.0.0.1', port, tls: { ca: authority } })).evidence, 'open');
  });
});

test('a certificate of another authority, and one for another name, each end at TLS', needs, async () => {
  const { folder, server, ca, strangerCa } = await certificates();
  await withTls(server, async (port) => {
    const stranger = await told({ host: 'localhost', port, tls: { ca: await readFile(strangerCa, 'utf8') } });
    assert.match(stranger.evidence, /^TLS: the certificate of localhost is not from an authority that is trusted here/);
    assert.match(stranger.remedy, /"ca"/);
    const system = await told({ host: 'localhost', port, tls: {} });
    assert.match(system.evidence, /not from an authority that is trusted here/);
  });
  const by = { certificate: ca, privateKey: join(folder, 'ca.key') };
  const dates = { fromMs: Date.now() - DAY_MS, toMs: Date.now() + DAY_MS };
  const other = await datedCertificate(folder, 'other', by, { ...dates, alternativeNames: 'DNS:portal.example.org' });
  await withTls(other, async (port) => {
    const named = await told({ host: 'localhost', port, tls: { ca: await readFile(ca, 'utf8') } });
    assert.equal(named.evidence, 'TLS: what answers at localhost has a certificate for another name');
    assert.match(named.remedy, /guest network/);
  });
});

test(
  'a certificate that is over, and one that is yet to come, end at TLS with the clock told beside it',
  needs,
  async () => {
    const { folder, ca } = await certificates();
    const by = { certificate: ca, privateKey: join(folder, 'ca.key') };
    const tls = { ca: await readFile(ca, 'utf8') };
    const nowMs = Date.now();
    const past = await datedCertificate(folder, 'past', by, { fromMs: nowMs - 9 * DAY_MS, toMs: nowMs - DAY_MS });
    await withTls(past, async (port) => {
      const { evidence, remedy } = await told({ host: 'localhost', port, tls });
      assert.match(evidence, /^TLS: the certificate of localhost is over; the clock of this machine says \d{4}-/);
      assert.match(remedy, /if the clock is right, have the certificate of the server renewed/);
    });
    const future = await datedCertificate(folder, 'future', by, { fromMs: nowMs + DAY_MS, toMs: nowMs + 9 * DAY_MS });
    await withTls(future, async (port) => {
      const { evidence, remedy } = await told({ host: 'localhost', port, tls });
      assert.match(
        evidence,
        /^TLS: the certificate of localhost is not valid yet; the clock of this machine says \d{4}-/,
      );
      assert.match(remedy, /set the clock right: it is most likely behind/);
    });
  },
);

test('what speaks no TLS ends at TLS: whether it talks, is silent or hangs up', async () => {
  const destination = (port: number) => ({ host: '127.0.0.1', port, tls: {} });
  const talking = createServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await listening(talking, async (port) => {
    assert.match((await told(destination(port))).evidence, /^TLS: .* speaks no TLS that is spoken here/);
  });
  await listening(createServer(), async (port) => {
    const { evidence } = await told(destination(port), { patienceMs: 50 });
    assert.match(evidence, /^TLS: what answers at 127\.0\.0\.1, port \d+ speaks no TLS: no answer within 0\.05 s$/);
  });
  const leaving = createServer((socket) => socket.end());
  await listening(leaving, async (port) => {
    assert.match((await told(destination(port))).evidence, /^TLS: .* speaks no TLS: /);
  });
});
