import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { command } from '../../src/cli/control-question.ts';
import { OperatingError } from '../../src/domain/errors.ts';
import type { ControlRequest } from '../../src/system/control-document.ts';
import { soughtAt } from '../fixtures/sought-gateway.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const SEEN: ControlRequest = { v: 1, action: 'acknowledge', athlete: '7', by: 'AT-1' };

async function withServer(server: Server, body: (store: string) => Promise<void>): Promise<void> {
  await TemporaryFolder.with(async (folder) => {
    const store = join(folder.path, 'outbox.db');
    await new Promise<void>((resolve) => server.listen(`${store}.control`, resolve));
    try {
      await body(store);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

/** Answers a whole line with this, and remembers the line. */
function answering(answer: object, heard: string[] = []): Server {
  return createServer((socket) => {
    let said = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      said += String(data);
      if (!said.includes('\n')) return;
      heard.push(said);
      socket.end(`${JSON.stringify(answer)}\n`);
    });
  });
}

test('a request is one line, and what a later gateway adds to its answer is passed on and passed over', async () => {
  const heard: string[] = [];
  const known = { v: 1, version: '0.1.0', outcome: 'unknown-athlete', athletes: ['8'] };
  await withServer(answering({ ...known, more: 'of a later 1' }, heard), async (store) => {
    const { json, document } = await command(SEEN, soughtAt(store));
    assert.deepEqual(json, { ...known, more: 'of a later 1' });
    assert.deepEqual(document, known);
  });
  assert.deepEqual(heard, [`${JSON.stringify(SEEN)}\n`]);
});

test('answers of other versions and of strangers are no success', async () => {
  for (const [answer, text] of [
    [{ v: 2, version: '9.0.0', outcome: 'done' }, /newer than this program: it is sideline 9\.0\.0/],
    [{ v: 1, version: '0.1.0', outcome: 'done' }, /not understood \(sideline 0\.1\.0, here .*: stored: /],
    [{ v: 1, version: '0.1.0', outcome: 'perhaps' }, /not understood/],
    [{ hello: 1 }, /not understood \(it is no answer of a gateway/],
  ] as const) {
    await withServer(answering(answer), async (store) => {
      await assert.rejects(command(SEEN, soughtAt(store)), (error: unknown) => {
        assert.ok(error instanceof OperatingError && error.code === 'gateway-unavailable', String(error));
        assert.match(`${error.message}; ${error.remedy}`, text);
        return true;
      });
    });
  }
});
