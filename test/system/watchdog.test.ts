import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FreezingDisk } from '../fixtures/freezing-disk.ts';
import { NotifySocket } from '../fixtures/notify-socket.ts';
import { SidelineProcess } from '../fixtures/sideline-process.ts';
import { StalledSync } from '../fixtures/stalled-sync.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';

const FED = 'WATCHDOG=1';

/** A watchdog of three seconds is fed each second. */
const WATCHDOG_USEC = '3000000';

/** A gateway on a store in this folder, with systemd's place taken. */
async function watched(folder: string, store: string, run: (parts: Watched) => Promise<void>): Promise<void> {
  const systemd = await NotifySocket.open(join(folder, 'notify.sock'));
  const gateway = new SidelineProcess(['simulate', '--store', store], {
    env: { NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC },
  });
  try {
    await systemd.until((told) => told.includes('READY=1'), 'READY=1');
    await run({ systemd, gateway });
  } finally {
    await gateway.remove();
    await systemd.close();
  }
}

interface Watched {
  readonly systemd: NotifySocket;
  readonly gateway: SidelineProcess;
}

describe('the watchdog', { concurrency: true }, () => {
  test('is fed again and again, not before the start is over', requires('perl', 'systemd-notify'), () =>
    TemporaryFolder.with(async ({ path }) => {
      await watched(path, join(path, 'outbox.db'), async ({ systemd, gateway }) => {
        await systemd.more(4, FED);
        assert.ok(systemd.told.indexOf('READY=1') < systemd.told.indexOf(FED));
        // The status is there without anybody asking for it, and the watchdog goes on beside it.
        await systemd.until(
          (told) => told.some((line) => /^STATUS=12 of 12 athletes live/.test(line)),
          'STATUS=12 of 12',
        );
        gateway.kill('SIGTERM');
        assert.equal((await gateway.ended()).code, 0);
      });
    }),
  );

  test(
    'starves when the store’s thread hangs while everything else goes on',
    requires('perl', 'systemd-notify', 'strace', 'root'),
    () =>
      TemporaryFolder.with(async ({ path }) => {
        await watched(path, join(path, 'outbox.db'), async ({ systemd, gateway }) => {
          await systemd.more(2, FED);
          const stall = new StalledSync(gateway.pid);
          try {
            const { part } = await gateway.loggedEvent('gateway.stuck');
            assert.equal(part, 'store');
            // What was on its way may still arrive.
            await sleep(1_000);
            const fed = systemd.count(FED);
            const logged = gateway.log.length;
            await sleep(4_000);
            assert.equal(systemd.count(FED), fed);
            assert.equal(gateway.log.length >= logged, true);
          } finally {
            await stall.release();
          }
          // It was not to be killed: this once nobody did, and it goes on where it was.
          await systemd.more(2, FED);
        });
      }),
  );

  test('is fed while a disk hangs, which no restart would mend', requires('perl', 'systemd-notify', 'root'), () =>
    TemporaryFolder.with(async ({ path }) => {
      const disk = new FreezingDisk(join(path, 'disk'));
      try {
        await watched(path, join(disk.path, 'outbox.db'), async ({ systemd, gateway }) => {
          await systemd.more(2, FED);
          try {
            disk.freeze();
            // For longer than the patience with a hang.
            await systemd.more(40, FED);
          } finally {
            // What waits for the disk cannot even be killed.
            disk.thaw();
          }
          await systemd.more(2, FED);
          assert.deepEqual(
            gateway.log.filter(({ event }) => event === 'gateway.stuck'),
            [],
          );
        });
      } finally {
        disk.remove();
      }
    }),
  );
});
