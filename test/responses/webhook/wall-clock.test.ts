import assert from 'node:assert/strict';
import test from 'node:test';
import { SystemClock } from '../../../src/system/clock.ts';
import { TemporaryStore } from '../../fixtures/temporary-store.ts';
import { answers, type Received, Receiver, takes } from './receiver.ts';
import { webhookOn } from './tested-webhook.ts';
import { timeOf } from './webhook-rig.ts';

const HOUR_MS = 3_600_000;

/** A wall clock that somebody has set. */
class SetClock extends SystemClock {
  setByMs = 0;

  override wallMs(): number {
    return super.wallMs() + this.setByMs;
  }

  get reading() {
    return { monotonicMs: this.monotonicMs(), wallMs: this.wallMs() };
  }
}

/** A webhook on a gateway that knows the time, and whose wall clock is then set without anybody confirming it. */
async function withClockSetBy(
  setByMs: number,
  receiver: Receiver,
  body: (t: ReturnType<typeof webhookOn>) => Promise<void>,
): Promise<void> {
  const store = new TemporaryStore();
  try {
    const clock = new SetClock();
    const timekeeper = timeOf(clock, 'ntp');
    timekeeper.answered(true, clock.monotonicMs());
    assert.equal(timekeeper.look(clock.reading)?.type, 'trusted');
    const outbox = store.open();
    const rig = webhookOn(outbox, receiver.url, { clock, timekeeper });
    clock.setByMs = setByMs;
    timekeeper.look(clock.reading);
    timekeeper.answered(false, clock.monotonicMs());
    assert.equal(timekeeper.look(clock.reading)?.type, 'step-ignored');
    rig.webhook.start();
    await body(rig);
    await rig.webhook.stop();
    await outbox.close();
  } finally {
    store.remove();
  }
}

test('while the wall clock is two days ahead and nobody confirms it, alerts are sent, with the time as it is', () =>
  Receiver.with(takes, async (receiver) => {
    await withClockSetBy(48 * HOUR_MS, receiver, async ({ heard, raise }) => {
      await raise('1');
      await heard.until('response.done');
      assert.deepEqual(heard.of('response.outdated'), []);
      assert.ok(receiver.received.every(isInTime));
    });
  }));

test('while the wall clock is an hour behind, a receiver that goes by the timestamp takes alerts', () =>
  Receiver.with(
    (received, response) => void response.writeHead(isInTime(received) ? 204 : 401).end(),
    (receiver) =>
      withClockSetBy(-HOUR_MS, receiver, async ({ heard, raise }) => {
        await raise('1');
        await heard.until('response.done');
        assert.equal(receiver.received.length, 1);
      }),
  ));

test('while a step is in doubt, a refusal is not final', () =>
  Receiver.with(answers(401), (receiver) =>
    withClockSetBy(HOUR_MS, receiver, async ({ heard, raise }) => {
      await raise('1');
      await heard.until('response.postponed', 2);
      assert.deepEqual(heard.of('response.failed'), []);
    }),
  ));

function isInTime({ headers }: Received): boolean {
  return Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) <= 300;
}
