/** The program of a `NaiveCentral`: the quick start example of noble's README, for more than one strap. */
import type { Peripheral } from '@abandonware/noble';
import { loadHost } from '../../virtual-radio/bluetooth-socket.ts';

type Noble = typeof import('@abandonware/noble');

const HEART_RATE = '180d';
const MEASUREMENT = '2a37';

const [path = ''] = process.argv.slice(2);
const create = loadHost<(options: object) => Noble>('@abandonware/noble/with-custom-binding', path);
const noble = create({});

noble.on('stateChange', (state) => {
  if (state === 'poweredOn') void scan();
});
noble.on('discover', (peripheral) => void subscribe(peripheral));
// However the measurement ends, this ends with it.
process.once('disconnect', () => process.exit());

async function subscribe(peripheral: Peripheral): Promise<void> {
  try {
    await noble.stopScanningAsync();
    peripheral.once('disconnect', () => void scan());
    await peripheral.connectAsync();
    const found = await peripheral.discoverSomeServicesAndCharacteristicsAsync([HEART_RATE], [MEASUREMENT]);
    for (const characteristic of found.characteristics) {
      characteristic.on('data', () => {});
      await characteristic.subscribeAsync();
    }
  } catch {
    // It will be discovered again.
  }
  await scan();
}

async function scan(): Promise<void> {
  await noble.startScanningAsync([HEART_RATE], false);
}
