import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../../../src/domain/errors.ts';
import { SystemClock } from '../../../src/system/clock.ts';
import { samplesOf } from '../../contract/outbox.ts';
import { MemoryDisk, MemoryOutbox } from '../../fakes/memory-outbox.ts';
import { TemporaryStore } from '../../fixtures/temporary-store.ts';
import { StoreFolder } from '../../outbox/store-folder.ts';
import { alertOf } from '../heard.ts';
import { alertIn, answers, messageIn, neverAnswers, Receiver, takes } from './receiver.ts';
import { webhookOn } from './tested-webhook.ts';
import { ROLE, timeOf } from './webhook-rig.ts';

async function withStore(body: (store: TemporaryStore) => Promise<void>): Promise<void> {
  const store = new TemporaryStore();
  try {
    await body(store);
  } finally {
    store.remove();
  }
}

test('an alert is posted as a message of version 1, by its own id, and acknowledged when it is taken', () =>
  withStore((store) =>
    Receiver.with(takes, async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await outbox.append(samplesOf('7', 0, 3));
      await raise('7', { responses: ['office'], severity: 'notice' });
      const [done] = await heard.until('response.done');
      const [received] = receiver.received;
      assert.ok(received);
      const { gateway, epoch, v } = messageIn(received);
      assert.deepEqual({ v, gateway, epoch }, { v: 1, gateway: 'pitch-3', epoch: outbox.epoch });
      assert.equal(received.headers['webhook-id'], `pitch-3/${outbox.epoch}/4`);
      assert.ok(!received.body.includes('responses'), 'what responses there are stays on the gateway');
      assert.ok(outbox.acknowledged(ROLE, 'alerts').has(4));
      assert.deepEqual(
        { ...done, seconds: 0 },
        {
          event: 'response.done',
          response: 'office',
          athlete: '7',
          rule: 'high-average',
          how: 'the receiver answered 204',
          seconds: 0,
        },
      );
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('only what is for it is sent, and the rest is passed over', () =>
  withStore((store) =>
    Receiver.with(takes, async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await raise('1', { severity: 'notice' });
      await raise('2', { shadow: true });
      await raise('3', { event: 'acknowledged' });
      await raise('4', { responses: ['siren'] });
      await raise('5', { snoozedForMs: 60_000 });
      await raise('6');
      await heard.until('response.done');
      assert.deepEqual(receiver.athletes, ['6']);
      assert.equal(outbox.acknowledged(ROLE, 'alerts').first, outbox.head);
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('what was not taken is sent again, after what is new, until it is', () =>
  withStore((store) =>
    Receiver.with(answers(503), async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await raise('1');
      const [postponed] = await heard.until('response.postponed', 3);
      assert.equal(postponed?.reason, 'the receiver answered 503');
      receiver.answer = takes;
      await raise('2');
      await heard.until('response.done', 2);
      const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
      assert.equal(ids.size, 2, 'an alert has one id however often it is sent');
      assert.deepEqual(new Set(receiver.athletes.slice(-2)), new Set(['1', '2']));
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('an alert that the receiver chokes on each time holds up no other', () =>
  withStore((store) =>
    Receiver.with(
      (received, response) => void response.writeHead(alertIn(received).athlete === '1' ? 500 : 204).end(),
      async (receiver) => {
        const outbox = store.open();
        const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
        webhook.start();
        for (const athlete of ['1', '2', '3']) await raise(athlete);
        const done = await heard.until('response.done', 2);
        assert.deepEqual(new Set(done.map(({ athlete }) => athlete)), new Set(['2', '3']));
        await heard.until('response.postponed', 3);
        assert.ok(!outbox.acknowledged(ROLE, 'alerts').has(1));
        await webhook.stop();
        await outbox.close();
      },
    ),
  ));

test('a refusal is final, and told once as an error', () =>
  withStore((store) =>
    Receiver.with(answers(404), async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await raise('1');
      const [failed] = await heard.until('response.failed');
      assert.equal(failed?.reason, 'the receiver answered 404');
      assert.ok(outbox.acknowledged(ROLE, 'alerts').has(1));
      receiver.answer = takes;
      await raise('2');
      await heard.until('response.done');
      assert.deepEqual(receiver.athletes, ['1', '2']);
      assert.ok(!JSON.stringify(heard.events).includes('s3cret'));
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('as long as the time is not known, a refusal may be about the timestamp and is not final', () =>
  withStore((store) =>
    Receiver.with(answers(401), async (receiver) => {
      const outbox = store.open();
      const clock = new SystemClock();
      const timekeeper = timeOf(clock, 'ntp');
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url, { timekeeper });
      webhook.start();
      await raise('1');
      await heard.until('response.postponed', 2);
      assert.deepEqual(heard.of('response.failed'), []);
      timekeeper.answered(true, clock.monotonicMs());
      timekeeper.look({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });
      await heard.until('response.failed');
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('what was not taken is given up when it is too old', () =>
  withStore((store) =>
    Receiver.with(answers(503), async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url, { giveUpAfterMs: 2_000 });
      webhook.start();
      await raise('1', { timeMs: Date.now() });
      const [failed] = await heard.until('response.failed');
      assert.match(failed?.reason ?? '', /^it is older than/);
      assert.ok(receiver.received.length > 0);
      assert.ok(outbox.acknowledged(ROLE, 'alerts').has(1));
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('what is too old when it is read is passed over, and told in one line', () =>
  withStore((store) =>
    Receiver.with(takes, async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      const old = alertOf('1', { timeMs: Date.now() - 90_000_000 });
      await outbox.append([
        { kind: 'alert', alert: old },
        { kind: 'alert', alert: { ...old, athlete: '2' } },
      ]);
      await raise('3');
      await heard.until('response.done');
      assert.deepEqual(receiver.athletes, ['3']);
      assert.deepEqual(heard.of('response.outdated'), [
        { event: 'response.outdated', response: 'office', alerts: 2, hours: 24 },
      ]);
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('an alert of a boot that does not know the time is sent, however old it seems', () =>
  withStore((store) =>
    Receiver.with(takes, async (receiver) => {
      const outbox = store.open();
      const { webhook, heard } = webhookOn(outbox, receiver.url, { timekeeper: timeOf(new SystemClock(), 'ntp') });
      webhook.start();
      await outbox.append([{ kind: 'alert', alert: alertOf('1', { timeMs: 60_000 }), offsetMs: 0 }]);
      webhook.respond();
      await heard.until('response.done');
      const [received] = receiver.received;
      assert.ok(received);
      assert.equal(messageIn(received).clock?.state, 'unsynchronised');
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('an alarm that is raised before its alert is stored is sent once it is', () =>
  withStore((store) =>
    Receiver.with(takes, async (receiver) => {
      const outbox = store.open();
      const { webhook, heard } = webhookOn(outbox, receiver.url);
      webhook.start();
      webhook.respond();
      await sleep(50);
      await outbox.append([{ kind: 'alert', alert: alertOf('1', { timeMs: Date.now() }) }]);
      await heard.until('response.done');
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('a new webhook begins with what comes; one that was there before goes on where it stopped', () =>
  withStore((store) =>
    Receiver.with(neverAnswers, async (receiver) => {
      const before = store.open();
      await before.append([{ kind: 'alert', alert: alertOf('history', { timeMs: Date.now() }) }]);
      const first = webhookOn(before, receiver.url);
      first.webhook.start();
      await first.raise('1');
      await receiver.until(({ length }) => length === 1);
      await first.webhook.stop();
      await before.close();

      receiver.answer = takes;
      const after = store.open();
      const second = webhookOn(after, receiver.url);
      second.webhook.start();
      await second.raise('2');
      await second.heard.until('response.done', 2);
      await second.webhook.stop();
      await after.close();
      assert.deepEqual(receiver.athletes.toSorted(), ['1', '1', '2']);

      const last = store.open();
      const third = webhookOn(last, receiver.url);
      third.webhook.start();
      await third.raise('3');
      await third.heard.until('response.done');
      await third.webhook.stop();
      await last.close();
      assert.deepEqual(receiver.athletes.toSorted(), ['1', '1', '2', '3']);
    }),
  ));

test('what the first store of all holds is sent after a restart, though nothing of it was acknowledged', () =>
  withStore((store) =>
    Receiver.with(answers(503), async (receiver) => {
      const before = store.open();
      const first = webhookOn(before, receiver.url);
      first.webhook.start();
      await first.raise('1');
      await first.heard.until('response.postponed');
      await first.webhook.stop();
      await before.close();

      receiver.answer = takes;
      const after = store.open();
      const second = webhookOn(after, receiver.url);
      second.webhook.start();
      await second.heard.until('response.done');
      await second.webhook.stop();
      await after.close();
    }),
  ));

test('it has no say in what is dropped, and none in what waits', () =>
  withStore((store) =>
    Receiver.with(answers(503), async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await raise('1');
      await heard.until('response.postponed');
      assert.deepEqual(outbox.backlog('primary'), { alerts: 1, gaps: 0, samples: 0 });
      assert.deepEqual(outbox.backlog(ROLE), { alerts: 0, gaps: 0, samples: 0 });
      await webhook.stop();
      await outbox.close();
    }),
  ));

test('what waits is sent, under its own id, though another store has taken the place of a damaged one', async () => {
  const outbox = new MemoryOutbox();
  await Receiver.with(
    (received, response) => void response.writeHead(alertIn(received).athlete === '2' ? 503 : 204).end(),
    async (receiver) => {
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      await raise('1');
      await raise('2');
      await heard.until('response.postponed');
      outbox.replace(new MemoryDisk('another'));
      await raise('3');
      await heard.until('response.done', 2);
      receiver.answer = takes;
      await heard.until('response.done', 3);
      const taken = heard.of('response.done').map(({ athlete }) => athlete);
      assert.deepEqual(taken, ['1', '3', '2']);
      assert.equal(receiver.received.at(-1)?.headers['webhook-id'], 'pitch-3/k3f9/2');
      await webhook.stop();
    },
  );
});

test('what waits is sent, under its own id, though its store was damaged while the gateway was away', async () => {
  const store = new StoreFolder();
  try {
    await Receiver.with(answers(503), async (receiver) => {
      const before = store.open();
      const first = webhookOn(before, receiver.url);
      first.webhook.start();
      await first.raise('1');
      await first.heard.until('response.postponed');
      await first.webhook.stop();
      await before.close();
      spoilFirstPage(store.file);

      receiver.answer = takes;
      const after = store.open();
      assert.notEqual(after.epoch, before.epoch);
      const second = webhookOn(after, receiver.url);
      second.webhook.start();
      const isSalvaged = () => store.notices.some(({ event }) => event === 'store.salvaged');
      while (!isSalvaged()) await after.read('alerts', { after: 0, through: 0 }, 1);
      second.webhook.respond();
      await second.heard.until('response.done');
      assert.equal(receiver.received.at(-1)?.headers['webhook-id'], `pitch-3/${before.epoch}/1`);
      await second.webhook.stop();
      await after.close();
    });
  } finally {
    store.remove();
  }
});

test('a store that cannot be read is told once, and read again', async () => {
  class Unreadable extends MemoryOutbox {
    isReadable = false;
    override async read(...args: Parameters<MemoryOutbox['read']>) {
      if (!this.isReadable) throw new OperatingError('store-unusable', 'memory: it is gone');
      return await super.read(...args);
    }
  }
  const outbox = new Unreadable();
  await Receiver.with(takes, async (receiver) => {
    const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
    webhook.start();
    await raise('1');
    await heard.until('response.store-failed');
    await raise('2');
    outbox.isReadable = true;
    await heard.until('response.done', 2);
    assert.equal(heard.of('response.store-failed').length, 1);
    await webhook.stop();
  });
});

test('a receiver that never answers holds up neither whoever tells an alert nor the stop', () =>
  withStore((store) =>
    Receiver.with(neverAnswers, async (receiver) => {
      const outbox = store.open();
      const { webhook, heard, raise } = webhookOn(outbox, receiver.url);
      webhook.start();
      for (let athlete = 0; athlete < 200; athlete++) await raise(String(athlete));
      await receiver.until(({ length }) => length === 1);
      await webhook.stop();
      assert.deepEqual(heard.events, []);
      await outbox.close();
    }),
  ));

/** The file is no database any more; what lies behind its first page can be read. */
function spoilFirstPage(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(1_024, 0xff));
  closeSync(file);
}
