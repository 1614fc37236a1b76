import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import test from 'node:test';
import { SystemClock } from '../../src/system/clock.ts';
import { LocalHttp, type LocalHttpParts, type Page } from '../../src/system/local-http.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { Changes } from '../fixtures/changes.ts';
import { freePort } from '../fixtures/free-port.ts';

const HELLO: Page = { status: 200, type: 'text/plain; charset=utf-8', text: 'hello ♥\n' };

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Tells when something was told. */
class ToldTelemetry extends CollectedTelemetry {
  readonly changes = new Changes();

  override emit(event: Parameters<CollectedTelemetry['emit']>[0]): void {
    super.emit(event);
    this.changes.happened();
  }
}

class Bench {
  readonly port: number;
  readonly host: string;
  readonly telemetry = new ToldTelemetry();
  readonly http: LocalHttp;

  static async with(more: Partial<LocalHttpParts>, body: (bench: Bench) => Promise<void>): Promise<void> {
    const bench = new Bench(await freePort(), more);
    try {
      await body(bench);
    } finally {
      await bench.http.close();
    }
  }

  private constructor(port: number, more: Partial<LocalHttpParts>) {
    const { telemetry } = this;
    this.port = port;
    this.host = more.host ?? '127.0.0.1';
    const pages = { '/metrics': () => HELLO };
    this.http = new LocalHttp({ host: this.host, port, pages, clock: new SystemClock(), telemetry, ...more });
  }

  async ask(
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    const { method = 'GET', headers = {}, body } = options;
    return await new Promise((resolve, reject) => {
      const asking = request({ host: this.host, port: this.port, path, method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }),
        );
        response.on('error', reject);
      });
      asking.on('error', reject);
      asking.end(body);
    });
  }

  /** What comes until the other side hangs up. */
  async say(bytes: string | Buffer): Promise<string> {
    const socket = connect(this.port, this.host);
    let heard = '';
    socket.on('data', (chunk) => {
      heard += String(chunk);
    });
    socket.on('error', () => {});
    socket.write(bytes);
    // Not by `once`, which an error of the socket would end.
    await new Promise((resolve) => socket.once('close', resolve));
    return heard;
  }
}

test('a page is answered with its type and its length, and the connection ends', () =>
  Bench.with({}, async (bench) => {
    await bench.http.open();
    const { status, headers, body } = await bench.ask('/metrics');
    assert.deepEqual([status, body], [200, HELLO.text]);
    assert.deepEqual(
      [headers['content-type'], headers['content-length'], headers.connection],
      [HELLO.type, String(Buffer.byteLength(HELLO.text)), 'close'],
    );
    assert.deepEqual((await bench.ask('/metrics?x=/other')).status, 200);
    const head = await bench.ask('/metrics', { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, headers['content-length'], '']);
    assert.deepEqual(bench.telemetry.events, [
      { event: 'metrics.listening', url: `http://127.0.0.1:${bench.port}/metrics` },
    ]);
  }));

test('what there is not, and what is to be changed, is refused', () =>
  Bench.with({}, async (bench) => {
    await bench.http.open();
    for (const path of ['/', '/metrics/', '/METRICS', '/constructor', '/__proto__', '/../metrics', '/%6detrics']) {
      const { status, body } = await bench.ask(path);
      assert.deepEqual([path, status, body], [path, 404, 'there are /metrics\n']);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
      const { status, headers } = await bench.ask('/metrics', {
        method,
        body: method === 'POST' ? 'x'.repeat(100_000) : '',
      });
      assert.deepEqual([method, status, headers.allow], [method, 405, 'GET, HEAD']);
    }
  }));

test('a browser that was sent here under another name gets nothing', () =>
  Bench.with({}, async (bench) => {
    await bench.http.open();
    for (const host of [
      'evil.example',
      `evil.example:${bench.port}`,
      '127.0.0.1.evil.example',
      'localhost.evil',
      '192.168.1.2',
    ]) {
      const { status, body } = await bench.ask('/metrics', { headers: { Host: host } });
      assert.deepEqual([host, status, body.includes('hello')], [host, 403, false]);
    }
    for (const host of [
      '127.0.0.1',
      `127.0.0.1:${bench.port}`,
      'localhost',
      'LOCALHOST:1',
      '[::1]:9464',
      '127.1.2.3',
    ]) {
      assert.equal((await bench.ask('/metrics', { headers: { Host: host } })).status, 200, host);
    }
    assert.match(await bench.say('GET /metrics HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 403 /);
  }));

test('what is no HTTP, too long, or two requests at once does no harm', () =>
  Bench.with({}, async (bench) => {
    await bench.http.open();
    assert.match(await bench.say('hello\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(await bench.say(Buffer.alloc(4_096, 0xff)), /^HTTP\/1\.1 400 /);
    const long = 'x'.repeat(20_000);
    assert.match(await bench.say(`GET /metrics HTTP/1.1\r\nHost: localhost\r\nA: ${long}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await bench.say(`GET /${long} HTTP/1.1\r\n`), /^HTTP\/1\.1 431 /);
    const two = await bench.say('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2));
    assert.equal(two.match(/HTTP\/1\.1 /g)?.length, 1);
    const smuggled =
      'POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    assert.match(await bench.say(smuggled), /^HTTP\/1\.1 400 /);
    assert.equal((await bench.ask('/metrics')).status, 200);
  }));

test('those who say nothing, or half of it, are hung up on, and the next ones answered', () =>
  Bench.with({ patienceMs: 300 }, async (bench) => {
    await bench.http.open();
    const silent = Array.from({ length: 20 }, (_, i) =>
      bench.say(i % 2 === 0 ? '' : 'GET /metrics HTTP/1.1\r\nHost: lo'),
    );
    await Promise.all(silent);
    assert.equal((await bench.ask('/metrics')).status, 200);
  }));

test('there are eight connections at most, and the ninth is hung up on', () =>
  Bench.with({ patienceMs: 3_600_000 }, async (bench) => {
    await bench.http.open();
    const half = 'GET /metrics HTTP/1.1\r\n';
    const held = Array.from({ length: 8 }, () => connect(bench.port, bench.host));
    for (const socket of held) socket.on('error', () => {});
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    assert.equal(await bench.say(half), '');
    for (const socket of held) socket.destroy();
  }));

test('however many ask, what a page says is made four times a second at most', async () => {
  let nowMs = 0;
  let made = 0;
  const clock = new (class extends SystemClock {
    override monotonicMs(): number {
      return nowMs;
    }
  })();
  const pages = { '/metrics': () => ({ ...HELLO, text: `${++made}` }), '/healthz': () => HELLO };
  await Bench.with({ clock, pages }, async (bench) => {
    await bench.http.open();
    const asked = async () => (await bench.ask('/metrics')).body;
    assert.deepEqual([await asked(), await asked(), await asked()], ['1', '1', '1']);
    nowMs += 250;
    assert.deepEqual([await asked(), await asked()], ['2', '2']);
    assert.equal((await bench.ask('/healthz')).body, HELLO.text);
  });
});

test('a page may say that something is wrong', () =>
  Bench.with({ pages: { '/healthz': () => ({ ...HELLO, status: 503 }) } }, async (bench) => {
    await bench.http.open();
    const { status, body } = await bench.ask('/healthz');
    assert.deepEqual([status, body], [503, HELLO.text]);
  }));

const HAS_IPV6 = networkInterfaces()['lo']?.some(({ family }) => family === 'IPv6') === true;

test('it answers at the loopback of IPv6 too, and says where the machine has none', () =>
  Bench.with({ host: '::1' }, async (bench) => {
    await bench.http.open();
    const [told] = bench.telemetry.events;
    if (!HAS_IPV6) return assert.match(JSON.stringify(told), /metrics\.unavailable.*(EADDRNOTAVAIL|EAFNOSUPPORT)/);
    assert.deepEqual(told, { event: 'metrics.listening', url: `http://[::1]:${bench.port}/metrics` });
    assert.equal((await bench.ask('/metrics')).body, HELLO.text);
  }));

test('a port that is taken is told once, tried again, and had as soon as it is free', () =>
  Bench.with({ retryMs: 20 }, async (bench) => {
    const other = createServer();
    await listening(other, bench.port);
    await bench.http.open();
    const { at, reason } = bench.telemetry.events[0] as unknown as Record<string, unknown>;
    assert.deepEqual([bench.telemetry.events.length, at], [1, `127.0.0.1:${bench.port}`]);
    assert.match(String(reason), /EADDRINUSE/);
    await new Promise((resolve) => other.close(resolve));
    await bench.telemetry.changes.until(() => bench.telemetry.events.length > 1, 'it does not listen');
    assert.deepEqual(
      bench.telemetry.events.map(({ event }) => event),
      ['metrics.unavailable', 'metrics.listening'],
    );
    assert.equal((await bench.ask('/metrics')).status, 200);
  }));

test('closing hangs up on whoever is there, ends the tries, and may be repeated', () =>
  Bench.with({ patienceMs: 3_600_000, retryMs: 3_600_000 }, async (bench) => {
    await bench.http.open();
    const said = bench.say('GET /metrics HTTP/1.1\r\n');
    await bench.ask('/metrics');
    await bench.http.close();
    await bench.http.close();
    assert.equal(await said, '');
    await assert.rejects(bench.ask('/metrics'));

    const other = createServer();
    await listening(other, bench.port);
    const { port, telemetry } = bench;
    const next = new LocalHttp({
      host: '127.0.0.1',
      port,
      pages: {},
      clock: new SystemClock(),
      telemetry,
      retryMs: 3_600_000,
    });
    await next.open();
    await next.close();
    await new Promise((resolve) => other.close(resolve));
  }));

async function listening(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
