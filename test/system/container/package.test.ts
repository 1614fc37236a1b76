import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { renumberedPackage } from '../../fixtures/renumbered-package.ts';
import { TemporaryFolder } from '../../fixtures/temporary-folder.ts';
import { strapsOf } from '../radio/straps.ts';
import {
  CORE,
  InstalledGateway,
  PATIENCE_MS,
  packageOfThisMachine,
  requiresInstalling,
  STORE,
} from './installed-gateway.ts';

/** Every heart rate is beyond it from the start. */
const ALARM = { low: { kind: 'sustained', below: 200, for: '5s' } };

/** Later than whatever is built here. */
const NEXT = '1000.0.0';

const STRAPS = strapsOf(2, { hz: 2, heart: { kind: 'steady', bpm: 70 } });

test('the package through its life on a machine', { timeout: PATIENCE_MS, ...requiresInstalling() }, (t) =>
  TemporaryFolder.with(async ({ path: folder }) => {
    const packagePath = packageOfThisMachine();
    const next = await renumberedPackage(packagePath, NEXT, folder);
    await InstalledGateway.with({ packagePath, straps: STRAPS }, async (gateway) => {
      const { container, radioUnit } = gateway;
      const version = async () => {
        const status = await container.sure('dpkg', ['--status', 'sideline']);
        return ['Version', 'Status'].map((field) => new RegExp(`^${field}: (.*)$`, 'm').exec(status)?.[1]).join(' ');
      };
      const installed = await version();
      const configuration = readFileSync(container.path('/etc/sideline/gateway.yaml'), 'utf8');
      const { epoch } = (await gateway.status()).store;

      await t.test('an upgrade is refused while alerts are open, and the gateway goes on', async () => {
        gateway.writeAthletesFile(ALARM);
        await container.sure('systemctl', ['reload', CORE]);
        await gateway.subscriber.waitFor(() => gateway.received.filter(({ kind }) => kind === 'alerts').length >= 2);
        const pid = await container.property(CORE, 'MainPID');
        const { code, stdout, stderr } = await gateway.apt(next);
        assert.notEqual(code, 0);
        assert.match(`${stdout}${stderr}`, /not upgraded: alerts are open.*athlete 01.*SIDELINE_UPGRADE_ANYWAY=1/s);
        assert.equal(await version(), installed);
        assert.equal(await container.property(CORE, 'MainPID'), pid);
        assert.equal(await container.property(CORE, 'ActiveState'), 'active');
        await gateway.untilReceived(2);
      });

      await t.test('it is done when that is asked for, and keeps configuration, store and open alerts', async () => {
        const { code, stdout, stderr } = await gateway.apt(next, { SIDELINE_UPGRADE_ANYWAY: '1' });
        assert.equal(code, 0, `${stdout}${stderr}`);
        assert.equal(await version(), `${NEXT} install ok installed`);
        await assertRunning(gateway);
        const { store, athletes } = await gateway.status();
        assert.equal(store.epoch, epoch);
        assert.deepEqual(
          athletes.map(({ openAlerts }) => openAlerts),
          [['low'], ['low']],
        );
        assert.equal(readFileSync(container.path('/etc/sideline/gateway.yaml'), 'utf8'), configuration);
        const raised = gateway.received.filter(({ body }) => body['event'] === 'raised');
        assert.equal(raised.length, 2, 'none is raised again');
      });

      await t.test('it goes back to the version before in the same way', async () => {
        const { code, stdout, stderr } = await gateway.apt(packagePath, { SIDELINE_UPGRADE_ANYWAY: '1' });
        assert.equal(code, 0, `${stdout}${stderr}`);
        assert.equal(await version(), installed);
        await assertRunning(gateway);
        const { store, athletes } = await gateway.status();
        assert.equal(store.epoch, epoch);
        assert.deepEqual(
          athletes.map(({ openAlerts }) => openAlerts),
          [['low'], ['low']],
        );
        await gateway.assertAllDelivered();
      });

      await t.test('removed, it stops and leaves what was configured and stored', async () => {
        await container.sure('apt-get', ['remove', '--yes', 'sideline']);
        for (const unit of [CORE, radioUnit]) assert.equal(await container.property(unit, 'ActiveState'), 'inactive');
        assert.notEqual((await container.run('sideline', ['--version'])).code, 0);
        assert.ok(!existsSync(container.path('/usr/lib/sideline/bin')));
        assert.ok(existsSync(container.path(STORE)));
        assert.equal(readFileSync(container.path('/etc/sideline/gateway.yaml'), 'utf8'), configuration);
      });

      await t.test('installed again, it goes on where it was', async () => {
        const { code, stdout, stderr } = await gateway.apt(packagePath);
        assert.equal(code, 0, `${stdout}${stderr}`);
        await container.sure('systemctl', ['start', CORE, radioUnit]);
        await assertRunning(gateway);
        assert.equal((await gateway.status()).store.epoch, epoch);
        assert.equal(await container.property(CORE, 'UnitFileState'), 'enabled');
        await gateway.assertAllDelivered();
      });

      await t.test('purged, it leaves neither configuration nor anybody’s data', async () => {
        await container.sure('apt-get', ['purge', '--yes', 'sideline']);
        for (const path of ['/etc/sideline', '/var/lib/sideline', '/usr/lib/sideline', '/usr/bin/sideline']) {
          assert.ok(!existsSync(container.path(path)), path);
        }
        for (const path of ['/run/sideline', '/run/sideline-radio'])
          assert.ok(!existsSync(container.livePath(path)), path);
        assert.equal((await container.run('find', ['/etc/systemd/system', '-name', 'sideline*'])).stdout, '');
        assert.equal(await container.sure('systemctl', ['is-system-running']), 'running\n');
      });
    });
  }),
);

async function assertRunning(gateway: InstalledGateway): Promise<void> {
  for (const unit of [CORE, gateway.radioUnit]) {
    assert.equal(await gateway.container.property(unit, 'ActiveState'), 'active');
  }
  await gateway.untilReceived(2);
}
