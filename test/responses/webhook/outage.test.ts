import assert from 'node:assert/strict';
import test from 'node:test';
import { SystemClock } from '../../../src/system/clock.ts';
import { TemporaryStore } from '../../fixtures/temporary-store.ts';
import { alertOf } from '../heard.ts';
import { alertIn, answers, messageIn, Receiver, takes } from './receiver.ts';
import { webhookOn } from './tested-webhook.ts';
import { timeOf } from './webhook-rig.ts';

type Store = ReturnType<TemporaryStore['open']>;

async function withOutbox(body: (outbox: Store, store: TemporaryStore) => Promise<void>): Promise<void> {
  const store = new TemporaryStore();
  try {
    const outbox = store.open();
    await body(outbox, store);
    await outbox.close();
  } finally {
    store.remove();
  }
}

/** So long that nothing is tried a second time. */
const NEVER = { minMs: 86_400_000, maxMs: 86_400_000 };

const athletes = (from: number, through: number) =>
  Array.from({ length: through - from + 1 }, (_, index) => String(from + index));

test('a new alert is tried at once, however many have failed before, and all of them are taken in the end', () =>
  withOutbox((outbox) =>
    Receiver.with(
      // It chokes on all of the first 100, more than there is room for, until it is mended.
      (received, response) => void response.writeHead(Number(alertIn(received).athlete) <= 100 ? 500 : 204).end(),
      async (receiver) => {
        const { webhook, heard, raise } = webhookOn(outbox, receiver.url, { backOff: { minMs: 200, maxMs: 200 } });
        webhook.start();
        for (const athlete of athletes(1, 100)) await raise(athlete);
        await receiver.until((received) => new Set(received.map((each) => alertIn(each).athlete)).size === 100);
        await raise('101');
        const [done] = await heard.until('response.done');
        assert.equal(done?.athlete, '101');
        receiver.answer = takes;
        const taken = await heard.until('response.done', 101);
        assert.deepEqual(new Set(taken.map(({ athlete }) => athlete)), new Set(athletes(1, 101)));
        assert.equal(outbox.acknowledged('response:office', 'alerts').first, outbox.head);
        await webhook.stop();
      },
    ),
  ));

test('after a restart a new alert overtakes all that waits from before', () =>
  withOutbox((outbox) =>
    Receiver.with(answers(503), async (receiver) => {
      const before = webhookOn(outbox, receiver.url, { backOff: NEVER });
      before.webhook.start();
      for (const athlete of athletes(1, 150)) await before.raise(athlete);
      await before.heard.until('response.postponed', 150);
      await before.webhook.stop();
      receiver.received.length = 0;
      const after = webhookOn(outbox, receiver.url, { backOff: NEVER });
      after.webhook.start();
      await receiver.until(({ length }) => length === 1);
      await after.raise('new');
      await receiver.until(({ length }) => length >= 2);
      assert.equal(receiver.athletes[1], 'new');
      await after.webhook.stop();
    }),
  ));

test('a pause that the receiver asks for holds up no new alert', () =>
  withOutbox((outbox) =>
    Receiver.with(answers(503, { 'retry-after': '900' }), async (receiver) => {
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await raise('1', { responses: ['office'], severity: 'notice' });
      await heard.until('response.postponed');
      receiver.answer = takes;
      await raise('2');
      await heard.until('response.done', 2);
      await webhook.stop();
    }),
  ));

test('an alert that was read before the time was known is sent with the right time once it is', () =>
  withOutbox((outbox) =>
    Receiver.with(answers(503), async (receiver) => {
      const clock = new SystemClock();
      const timekeeper = timeOf(clock, 'ntp');
      // Not tried again before the time is known below, however slow this machine is.
      const backOff = { minMs: 5_000, maxMs: 5_000 };
      const { webhook, heard } = webhookOn(outbox, receiver.url, { clock, timekeeper, backOff });
      webhook.start();
      await outbox.append([{ kind: 'alert', alert: alertOf('1', { timeMs: 60_000 }), offsetMs: 0 }]);
      webhook.respond();
      await heard.until('response.postponed');
      const offsetMs = Math.round(clock.wallMs()) - 60_000;
      await outbox.learnTime(offsetMs);
      timekeeper.answered(true, clock.monotonicMs());
      timekeeper.look({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });
      receiver.answer = takes;
      await heard.until('response.done');
      const last = receiver.received.at(-1);
      assert.ok(last);
      assert.equal(messageIn(last).clock, undefined);
      assert.equal(alertIn(last).t, 60_000 + offsetMs);
      await webhook.stop();
    }),
  ));
