import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { post } from '../../../src/responses/webhook/post.ts';
import { signatureHeaders } from '../../../src/responses/webhook/signature.ts';
import { SystemClock } from '../../../src/system/clock.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { TemporaryFolder } from '../../fixtures/temporary-folder.ts';
import { TemporaryStore } from '../../fixtures/temporary-store.ts';
import { webhookOn } from './tested-webhook.ts';
import { SECRET } from './webhook-rig.ts';

const PAGE = join(import.meta.dirname, '..', '..', '..', 'docs', 'responses.md');

test(
  'the receiver of the documentation takes what a webhook sends, once, and refuses what is forged or old',
  { timeout: 120_000 },
  () =>
    TemporaryFolder.with(async (folder) => {
      const [, program] = /```js\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? [];
      assert.ok(program);
      const port = await freePort();
      const url = new URL(`http://127.0.0.1:${port}/`);
      const receiver = spawn(process.execPath, [await folder.file('receiver.mjs', program)], {
        env: { OFFICE_SECRET: SECRET, PORT: String(port) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      receiver.stdout.on('data', (data) => {
        output += String(data);
      });
      const ended = once(receiver, 'exit');
      const store = new TemporaryStore();
      try {
        const outbox = store.open();
        const { webhook, heard, raise } = webhookOn(outbox, url);
        webhook.start();
        await raise('7');
        const [done] = await heard.until('response.done');
        assert.equal(done?.how, 'the receiver answered 204');
        await webhook.stop();
        const { epoch } = outbox;
        await outbox.close();
        while (!output.includes('\n')) await sleep(5);
        assert.equal(output, 'pitch-3: athlete 7, high-average raised\n');

        const body = Buffer.from(
          '{"v":1,"gateway":"pitch-3","alerts":[{"athlete":"8","rule":"high","event":"raised"}]}',
        );
        const id = `pitch-3/${epoch}/1`;
        const nowS = Math.floor(Date.now() / 1000);
        const sent = async (timestampS: number, secret: string) => {
          const headers = signatureHeaders({ id, timestampS, body }, secret);
          const end = new AbortController().signal;
          return await post({ url, headers, body, timeoutMs: 20_000, clock: new SystemClock(), end });
        };
        const refused = { kind: 'refused', reason: 'the receiver answered 401' };
        assert.deepEqual(await sent(nowS, `whsec_${Buffer.alloc(32, 8).toString('base64')}`), refused);
        assert.deepEqual(await sent(nowS - 400, SECRET), refused);
        assert.deepEqual(await sent(nowS + 400, SECRET), refused);
        // Genuine, and by an id that it has already.
        assert.deepEqual(await sent(nowS, SECRET), { kind: 'taken', status: 204 });
        assert.equal(output, 'pitch-3: athlete 7, high-average raised\n');
      } finally {
        store.remove();
        receiver.kill('SIGKILL');
        await ended;
      }
    }),
);
