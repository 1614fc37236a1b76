import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from '../../../src/outbox/tools/inspection.ts';
import { StoreFolder } from '../../outbox/store-folder.ts';
import { Receiver, takes } from './receiver.ts';
import { webhookOn } from './tested-webhook.ts';

test('a store in which a webhook has been is good, before there is an alert and after', async () => {
  const store = new StoreFolder();
  try {
    await Receiver.with(takes, async (receiver) => {
      const empty = store.open();
      const first = webhookOn(empty, receiver.url);
      first.webhook.start();
      await first.webhook.stop();
      await empty.close();
      assert.deepEqual(inspect(store.file).findings, []);

      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await raise('1');
      await heard.until('response.done');
      await webhook.stop();
      await outbox.close();
      assert.deepEqual(inspect(store.file).findings, []);
    });
  } finally {
    store.remove();
  }
});
