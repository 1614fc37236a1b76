import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import test from 'node:test';
import { type Post, type PostOutcome, post } from '../../../src/responses/webhook/post.ts';
import { SystemClock } from '../../../src/system/clock.ts';
import { makeCertificates } from '../../fixtures/certificates.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { requires } from '../../requirements.ts';
import { answers, neverAnswers, Receiver, takes } from './receiver.ts';

const BODY = Buffer.from('{"a":"Ü"}');

async function posted(url: URL | string, more: Partial<Post> = {}): Promise<PostOutcome> {
  return await post({
    url: new URL(url),
    headers: { 'webhook-id': 'x' },
    body: BODY,
    timeoutMs: 20_000,
    clock: new SystemClock(),
    end: new AbortController().signal,
    ...more,
  });
}

test('it posts the bytes, with the headers, and 2xx is taken', () =>
  Receiver.with(takes, async (receiver) => {
    assert.deepEqual(await posted(receiver.url), { kind: 'taken', status: 204 });
    const [received] = receiver.received;
    assert.equal(received?.method, 'POST');
    assert.equal(received.path, '/hook?token=s3cret');
    assert.equal(received.body, '{"a":"Ü"}');
    assert.equal(received.headers['content-type'], 'application/json');
    assert.equal(received.headers['webhook-id'], 'x');
  }));

test('what may be taken another time is told from what is refused', async () => {
  const kinds = [200, 201, 301, 302, 307, 308, 400, 401, 403, 404, 408, 410, 413, 425, 429, 500, 502, 503, 504];
  const seen = new Map<number, string>();
  for (const status of kinds) {
    await Receiver.with(answers(status, { location: 'http://127.0.0.1:1/' }), async (receiver) => {
      seen.set(status, (await posted(receiver.url)).kind);
      // A redirect is not followed.
      assert.equal(receiver.received.length, 1);
    });
  }
  const of = (kind: string) => kinds.filter((status) => seen.get(status) === kind);
  assert.deepEqual(of('taken'), [200, 201]);
  assert.deepEqual(of('refused'), [301, 302, 307, 308, 400, 401, 403, 404, 410, 413]);
  assert.deepEqual(of('later'), [408, 425, 429, 500, 502, 503, 504]);
});

test('a pause that the receiver asks for is told, in seconds or as a date', async () => {
  const afterMs = async (text: string) => {
    let outcome: PostOutcome | undefined;
    await Receiver.with(answers(503, { 'retry-after': text }), async (receiver) => {
      outcome = await posted(receiver.url);
    });
    return outcome?.kind === 'later' ? outcome.afterMs : Number.NaN;
  };
  assert.equal(await afterMs('120'), 120_000);
  assert.equal(await afterMs('soon'), undefined);
  assert.equal(await afterMs('Fri, 31 Jan 2020 23:59:59 GMT'), 0);
  const inAnHour = (await afterMs(new Date(Date.now() + 3_600_000).toUTCString())) ?? 0;
  assert.ok(inAnHour > 3_000_000 && inAnHour <= 3_600_000, String(inAnHour));
});

test('a receiver that never answers is left after the time, and one that is not there at once; no reason shows the path', async () => {
  await Receiver.with(neverAnswers, async (receiver) => {
    assert.deepEqual(await posted(receiver.url, { timeoutMs: 100 }), {
      kind: 'later',
      reason: 'no answer within 0.1 s',
    });
  });
  const port = await freePort();
  const refused = await posted(`http://127.0.0.1:${port}/hook?token=s3cret`);
  assert.deepEqual(refused, { kind: 'later', reason: `connect ECONNREFUSED 127.0.0.1:${port}` });
});

test('an answer that does not end, and one that is no HTTP, end all the same', async () => {
  await Receiver.with(
    (_received, response) => {
      response.writeHead(200);
      const more = () => {
        if (!response.destroyed) response.write('x'.repeat(65_536), more);
      };
      more();
      response.on('error', () => {});
    },
    async (receiver) => assert.deepEqual(await posted(receiver.url), { kind: 'taken', status: 200 }),
  );
  for (const text of [
    '',
    'nonsense\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  ]) {
    const server = createTcpServer((socket) => socket.on('error', () => {}).end(text)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const outcome = await posted(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    assert.equal(outcome.kind, 'later', text);
    server.close();
  }
});

test('a stop ends the attempt', () =>
  Receiver.with(neverAnswers, async (receiver) => {
    const end = new AbortController();
    const outcome = posted(receiver.url, { end: end.signal });
    await receiver.until(({ length }) => length === 1);
    end.abort();
    assert.equal((await outcome).kind, 'later');
    assert.equal((await posted(receiver.url, { end: end.signal })).kind, 'later');
    assert.equal(receiver.received.length, 1);
  }));

test(
  'over TLS only a receiver is told whose certificate is of an authority that is trusted',
  requires('openssl'),
  async () => {
    const certificates = await makeCertificates();
    const { certificate, privateKey } = certificates.server;
    const server = createServer(
      { cert: readFileSync(certificate), key: readFileSync(privateKey) },
      (request, response) => {
        request.resume();
        response.end();
      },
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      assert.equal((await posted(url, { ca: certificates.ca })).kind, 'taken');
      assert.match(reasonOf(await posted(url)), /certificate/);
      assert.match(reasonOf(await posted(url, { ca: '/nowhere.pem' })), /ENOENT/);
    } finally {
      server.close();
      server.closeAllConnections();
      await certificates.remove();
    }
  },
);

function reasonOf(outcome: PostOutcome): string {
  return outcome.kind === 'taken' ? '' : outcome.reason;
}
