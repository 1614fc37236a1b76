import assert from 'node:assert/strict';
import test from 'node:test';
import { StalledSync } from '../../fixtures/stalled-sync.ts';
import { strapsOf } from '../radio/straps.ts';
import { CORE, InstalledGateway, PATIENCE_MS, requiresInstalling } from './installed-gateway.ts';

/** So that nobody waits for the half minute of the units. */
const SOON = '[Service]\nWatchdogSec=6\n';

test(
  'services that hang are killed and started again',
  { timeout: PATIENCE_MS, ...requiresInstalling('strace') },
  (t) =>
    InstalledGateway.with({ straps: strapsOf(2, { hz: 4 }) }, async (gateway) => {
      const { container, radioUnit } = gateway;
      for (const unit of [CORE, 'sideline-radio@.service']) {
        container.write(`/etc/systemd/system/${unit}.d/soon.conf`, SOON);
      }
      await container.sure('systemctl', ['daemon-reload']);
      await container.sure('systemctl', ['restart', radioUnit, CORE]);

      for (const unit of [CORE, radioUnit]) {
        await t.test(`${unit === CORE ? 'the gateway' : 'the radio'}, stopped as a whole`, async () => {
          const pid = await container.mainPid(unit);
          process.kill(pid, 'SIGSTOP');
          await untilKilled(gateway, unit);
          await untilStartedAgain(gateway, unit, pid);
          await gateway.untilReceived(4);
        });
      }

      await t.test('the gateway, whose pipeline stands still while its event loop runs', async () => {
        const pid = await container.mainPid(CORE);
        const stall = new StalledSync(pid);
        try {
          await untilKilled(gateway, CORE);
        } finally {
          // A process that is traced is not gone before its tracer has seen it go, and this one looks away meanwhile.
          await stall.release();
        }
        await untilStartedAgain(gateway, CORE, pid);
        const said = (await container.journal(CORE)).map(({ MESSAGE }) => MESSAGE).join('\n');
        assert.match(said, /"event":"gateway\.stuck"/);
        await gateway.untilReceived(4);
      });

      await t.test('and nothing that was stored is lost', () => gateway.assertAllDelivered());
    }),
);

/** Resolves when systemd has had enough of it once more. */
async function untilKilled({ container }: InstalledGateway, unit: string): Promise<void> {
  const timeouts = async () =>
    (await container.journal(unit)).filter(({ MESSAGE = '' }) => MESSAGE.includes('Watchdog timeout')).length;
  const before = await timeouts();
  await container.until(`the watchdog of ${unit} starves`, async () => (await timeouts()) > before);
}

async function untilStartedAgain({ container }: InstalledGateway, unit: string, pid: number): Promise<void> {
  await container.until(`${unit} is started again`, async () => {
    if ((await container.property(unit, 'ActiveState')) !== 'active') return false;
    return (await container.mainPid(unit).catch(() => pid)) !== pid;
  });
}
