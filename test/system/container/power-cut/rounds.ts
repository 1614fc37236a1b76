/**
 * The power of a machine that runs the package's own services is cut again and again, at any instant and with or without
 * a backlog. Each time it boots by itself, its store opens whole, with at least what the gateway had said was stored; and
 * in the end everything that is stored has been delivered, and what was between is in the ledger.
 *
 * What was written before a cut is on the disk after it here, synced or not: it is the processes that are cut off, in the
 * middle of whatever they do. What a disk forgets is another drill's (`npm run powercut`).
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { strapsOf } from '../../radio/straps.ts';
import { CORE, InstalledGateway } from '../installed-gateway.ts';

/** How many samples of each strap come before a cut, at least. */
const SAMPLES_A_ROUND = 3;

/** Spreads the cuts over more than a group commit. */
const STAGGER_MS = 37;

/** For how long the broker does not answer before every second cut. */
const BACKLOG_MS = 700;

export interface PowerCutReport {
  readonly rounds: number;
  /** How many records were delivered, each counted once. */
  readonly records: number;
  /** Those of them that came more than once. */
  readonly repeated: number;
}

/** @throws AssertionError when a cut has cost something */
export async function cutPower(rounds: number): Promise<PowerCutReport> {
  let report: PowerCutReport | undefined;
  await InstalledGateway.with({ straps: strapsOf(3, { hz: 4 }) }, async (gateway) => {
    const { container, broker, radioUnit } = gateway;
    const { epoch } = (await gateway.status()).store;
    for (let round = 0; round < rounds; round++) {
      await gateway.untilReceived(SAMPLES_A_ROUND);
      const hasBacklog = round % 2 === 1;
      if (hasBacklog) broker.freeze();
      if (hasBacklog) await sleep(BACKLOG_MS);
      const before = await gateway.status();
      await sleep((STAGGER_MS * round) % 1_000);
      await container.powerCut();
      broker.thaw();
      await container.boot();
      assert.equal(await container.property(CORE, 'ActiveState'), 'active');
      assert.equal(await container.property(radioUnit, 'ActiveState'), 'active');
      const { store } = await gateway.status();
      assert.equal(store.epoch, epoch, `round ${round}: it is the same store`);
      assert.ok(!store.damaged, `round ${round}: nothing of it is damaged`);
      assert.ok(store.head >= before.store.head, `round ${round}: ${store.head}, and ${before.store.head} were stored`);
      for (const { SYSLOG_IDENTIFIER, PRIORITY, MESSAGE = '' } of await container.journal(CORE)) {
        const event = SYSLOG_IDENTIFIER === 'sideline' && PRIORITY === '3' ? MESSAGE : '';
        assert.doesNotMatch(event, /"event":"(store|outbox)\./, `round ${round}`);
      }
    }
    await gateway.untilReceived(SAMPLES_A_ROUND);
    await gateway.assertAllDelivered();
    const { received } = gateway;
    const ids = new Set(received.map(({ id }) => id));
    const stops = received.filter(({ body }) => body['cause'] === 'gateway-stopped');
    assert.ok(stops.length >= rounds, 'what each cut has cost is in the ledger');
    report = { rounds, records: ids.size, repeated: received.length - ids.size };
  });
  return report ?? assert.fail();
}
