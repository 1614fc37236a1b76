import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { askStatus } from '../../src/cli/status-question.ts';
import { OperatingError } from '../../src/domain/errors.ts';
import { soughtAt } from '../fixtures/sought-gateway.ts';
import { statusDocument } from '../fixtures/status-document.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const ASKER = join(import.meta.dirname, 'unprivileged-asker.ts');

async function withServer(server: Server, body: (store: string, socket: string) => Promise<void>): Promise<void> {
  await TemporaryFolder.with(async (folder) => {
    const store = join(folder.path, 'outbox.db');
    await new Promise<void>((resolve) => server.listen(`${store}.status`, resolve));
    try {
      await body(store, `${store}.status`);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

const answering = (answer: unknown) =>
  createServer((socket) =>
    socket.on('error', () => {}).end(typeof answer === 'string' ? answer : JSON.stringify(answer)),
  );

const failsWith = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OperatingError && error.code === 'gateway-unavailable', String(error));
  assert.match(`${error.message}; ${error.remedy}`, text);
  return true;
};

test('answers of other versions, of strangers, and none at all are told apart', async () => {
  const known = statusDocument();
  const cases: [unknown, RegExp][] = [
    [{ ...known, v: 2, version: '9.0.0' }, /newer than this program: it is sideline 9\.0\.0 and answers in version 2/],
    [{ ...known, v: 0, version: '0.0.1' }, /older than this program.*; restart the gateway, or ask with/],
    [{ ...known, store: {} }, /not understood \(sideline 0\.1\.0, here .*: store\.path: /],
    ['hello', /not understood \(it is no status of a gateway/],
    [JSON.stringify(known).slice(0, 200), /not understood \(it is no status of a gateway, or not all of one/],
    ['x'.repeat(2_000_000), /not understood \(it is too long/],
    ['', /hung up without an answer; .*ask again/],
  ];
  for (const [answer, text] of cases) {
    await withServer(answering(answer), async (store) => {
      await assert.rejects(askStatus(soughtAt(store)), failsWith(text));
    });
  }
});

test('what a later program of the same version adds is passed on, and passed over', async () => {
  const known = statusDocument();
  await withServer(answering({ ...known, more: 'of a later 1' }), async (store) => {
    const { json, document } = await askStatus(soughtAt(store));
    assert.deepEqual(json, { ...known, more: 'of a later 1' });
    assert.deepEqual(document, known);
  });
});

test('a gateway that takes the connection and says nothing is not waited for for ever', async () => {
  const sockets = new Set<{ destroy(): void }>();
  const mute = createServer((socket) => sockets.add(socket));
  await withServer(mute, async (store) => {
    await assert.rejects(askStatus(soughtAt(store), 50), failsWith(/does not answer; it hangs, or is stopping/));
    for (const socket of sockets) socket.destroy();
  });
});

test('a user who may not ask is told as whom to', async () => {
  await withServer(answering(statusDocument()), async (store, socket) => {
    // Everybody may come as far as the socket; it alone refuses.
    await chmod(join(store, '..'), 0o755);
    await chmod(socket, 0);
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', ASKER, store]);
    assert.match(stdout, /^this user may not ask the gateway at .*\.status: ask as the user that runs the gateway/);
  });
});
