import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { salvageInto } from '../../../src/outbox/tools/salvage-into.ts';
import { readFrom, samplesOf, UPLINK } from '../../contract/outbox.ts';
import { TemporaryStore } from '../../fixtures/temporary-store.ts';
import { answers, Receiver } from './receiver.ts';
import { webhookOn } from './tested-webhook.ts';

test('a store that is salvaged gives what somebody has not had: to a webhook, alerts alone', async () => {
  const store = new TemporaryStore();
  try {
    await Receiver.with(answers(503), async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await outbox.append(samplesOf('7', 0, 10));
      for (const athlete of ['7', '8', '9']) await raise(athlete);
      await heard.until('response.postponed');
      outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', 0, 6));
      outbox.acknowledge(UPLINK, await readFrom(outbox, 'alerts', 0, 2));
      await webhook.stop();
      await outbox.close();
    });
    const { samples, alerts } = salvageInto({ from: store.path, into: join(store.folder, 'saved.db'), isAll: false });
    assert.deepEqual({ samples, alerts }, { samples: 4, alerts: 3 });
  } finally {
    store.remove();
  }
});
