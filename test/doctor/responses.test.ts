import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import test, { after } from 'node:test';
import type { ResponseSettings } from '../../src/config/response-schema.ts';
import { responseVerdict as verdictOf } from '../../src/doctor/responses.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { freePort } from '../fixtures/free-port.ts';
import { requires } from '../requirements.ts';
import { assertOnPage } from './page-rows.ts';

const needs = requires('openssl');

let made: Promise<Certificates> | undefined;
function certificates(): Promise<Certificates> {
  made ??= makeCertificates();
  return made;
}
after(async () => (await made)?.remove());

const choice: ResponseSettings['choice'] = { name: 'office', severity: 'warning', events: ['raised'] };

function webhook(url: string, ca?: string) {
  const usual = {
    choice,
    kind: 'webhook',
    secret: 'never to be seen',
    timeoutMs: 1_000,
    giveUpAfterMs: 1_000,
  } as const;
  return { ...usual, url, ...(ca === undefined ? {} : { ca }) };
}

const topic = (url: string) => ({ choice, kind: 'topic', url, topic: 'touchline/alerts' }) as const;

async function responseVerdict(response: Parameters<typeof verdictOf>[0], nowMs: number) {
  const found = await verdictOf(response, nowMs);
  assertOnPage('response', found);
  return found;
}

test('a webhook whose host is there is good, and is sent nothing', needs, async () => {
  const { ca, server: pair } = await certificates();
  const server = createHttpsServer({ cert: await readFile(pair.certificate), key: await readFile(pair.privateKey) });
  let requests = 0;
  server.on('request', () => {
    requests += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const good = await responseVerdict(webhook(`https://localhost:${port}/hook`, ca), Date.now());
    assert.deepEqual(
      [good.about, good.verdict, good.evidence],
      ['office', 'ok', `localhost, port ${port} is there (TLSv1.3); nothing was sent`],
    );
    const system = await responseVerdict(webhook(`https://localhost:${port}/hook`), Date.now());
    assert.equal(system.verdict, 'failed');
    assert.match(system.evidence, /^TLS: the certificate of localhost is not from an authority/);
  } finally {
    server.close();
    // With all connections ended.
    await once(server, 'close');
  }
  assert.equal(requests, 0);
});

test('a local topic’s broker is looked for too, and one that is not there is told', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  assert.equal((await responseVerdict(topic(`mqtt://127.0.0.1:${port}`), 0)).verdict, 'ok');
  server.close();
  const nobody = await freePort();
  const { verdict, evidence } = await responseVerdict(topic(`mqtt://127.0.0.1:${nobody}`), 0);
  assert.deepEqual([verdict, evidence], ['failed', `TCP: 127.0.0.1 refuses connections to port ${nobody}`]);
});

test('a host that nobody has ends at DNS, and an authority that cannot be read is no verdict on the host', async () => {
  const unknown = await responseVerdict(webhook('https://no-such-host.invalid/hook'), 0);
  assert.equal(unknown.verdict, 'failed');
  assert.match(unknown.evidence, /^DNS: /);
  const unreadable = await responseVerdict(webhook('https://localhost:1/hook', '/none/such.pem'), 0);
  assert.equal(unreadable.verdict, 'skipped');
});
