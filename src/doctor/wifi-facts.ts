/** Which Wi-Fi there is on an adapter's chip, and which access points this machine serves. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Surroundings } from './finding.ts';
import { namesIn, realPathOf } from './machine-files.ts';
import { processesOf } from './processes.ts';
import { printed } from './program.ts';

export interface AccessPoint {
  /** Undefined where all that is known is that there is one. */
  readonly interfaceName: string | undefined;
  readonly band: '2.4 GHz' | '5 GHz' | '6 GHz' | undefined;
  readonly channel: number | undefined;
  readonly toldBy: 'iw' | 'nmcli' | 'hostapd';
}

/**
 * Two ways to be one chip: on a Raspberry Pi Bluetooth is at a serial port of the board and Wi-Fi at its SDIO bus; a
 * combined USB adapter has both as interfaces of one USB device. Undefined where the adapter is not there.
 */
export function sharedInterfaces(sys: string, adapter: string): string[] | undefined {
  const bluetooth = realPathOf(join(sys, 'class/bluetooth', adapter));
  if (bluetooth === undefined) return undefined;
  const net = join(sys, 'class/net');
  return namesIn(net).filter((name) => {
    // Of its kernel's 802.11 layer; nothing else has one.
    if (!existsSync(join(net, name, 'phy80211')) && !existsSync(join(net, name, 'wireless'))) return false;
    const wifi = realPathOf(join(net, name, 'device'));
    if (wifi === undefined) return false;
    const usb = usbDeviceOf(bluetooth);
    if (usb !== undefined) return usb === usbDeviceOf(wifi);
    return isSerial(bluetooth) && isSdio(wifi);
  });
}

/** As `/sys/devices/…/1-1.2` of `…/1-1.2/1-1.2:1.0/bluetooth/hci0`. */
function usbDeviceOf(place: string): string | undefined {
  const at = /^(.*\/[0-9]+-[0-9.]+)\/[0-9]+-[0-9.]+:[0-9.]+(\/|$)/.exec(place);
  return at?.[1];
}

/** As `…/serial@7d50c000/…/serial0/serial0-0/bluetooth/hci0`, or `…/tty/ttyAMA0/hci0` of an older system. */
function isSerial(place: string): boolean {
  return /\/(serial\d+-\d+|tty[A-Z]+\d+|[0-9a-f]+\.serial)\//.test(`${place}/`);
}

/** As `…/mmc_host/mmc1/mmc1:0001/mmc1:0001:1`. */
function isSdio(place: string): boolean {
  return /\/mmc\d+:[0-9a-f]+(:\d+)?(\/|$)/.test(place);
}

/** Undefined where nobody can be asked. */
export async function accessPoints({
  run,
  proc,
}: Pick<Surroundings, 'run' | 'proc'>): Promise<readonly AccessPoint[] | undefined> {
  const iw = printed(await run('iw', ['dev']));
  if (iw !== undefined) return pointsOfIw(iw);
  const nmcli = await pointsOfNetworkManager(run);
  const hostapd = processesOf(proc, 'hostapd').map(
    (): AccessPoint => ({ interfaceName: undefined, band: undefined, channel: undefined, toldBy: 'hostapd' }),
  );
  return nmcli === undefined && hostapd.length === 0 ? undefined : [...(nmcli ?? []), ...hostapd];
}

/** Each interface begins with `Interface wlan0` and has lines such as `type AP` and `channel 6 (2437 MHz), width: …`. */
function pointsOfIw(text: string): AccessPoint[] {
  return text
    .split(/^\s*(?=(?:Interface|Unnamed)\b)/m)
    .filter((part) => /^\s*type (AP|P2P-GO|mesh point)\s*$/m.test(part))
    .map((part): AccessPoint => {
      const [, channel, megahertz] = /channel (\d+) \((\d+) MHz\)/.exec(part) ?? [];
      return {
        interfaceName: /^Interface (\S+)/.exec(part)?.[1],
        channel: channel === undefined ? undefined : Number(channel),
        band: megahertz === undefined ? undefined : bandOf(Number(megahertz)),
        toldBy: 'iw',
      };
    });
}

function bandOf(megahertz: number): AccessPoint['band'] {
  if (megahertz < 3_000) return '2.4 GHz';
  return megahertz < 5_925 ? '5 GHz' : '6 GHz';
}

async function pointsOfNetworkManager(run: Surroundings['run']): Promise<AccessPoint[] | undefined> {
  const active = printed(
    await run('nmcli', ['--terse', '--fields', 'UUID,TYPE,DEVICE', 'connection', 'show', '--active']),
  );
  if (active === undefined) return undefined;
  const connections = active.split('\n').map((line) => line.split(':'));
  const points = connections
    .filter(([, type]) => type === '802-11-wireless')
    .map(async ([uuid = '', , device]): Promise<AccessPoint[]> => {
      const fields = '802-11-wireless.mode,802-11-wireless.band,802-11-wireless.channel';
      const shown = printed(await run('nmcli', ['--get-values', fields, 'connection', 'show', uuid]));
      const [mode, band, channel] = shown?.split('\n') ?? [];
      if (mode !== 'ap') return [];
      const number = Number(channel ?? 0);
      return [
        {
          interfaceName: device,
          band: band === 'bg' ? '2.4 GHz' : band === 'a' ? '5 GHz' : undefined,
          channel: Number.isInteger(number) && number > 0 ? number : undefined,
          toldBy: 'nmcli',
        },
      ];
    });
  return (await Promise.all(points)).flat();
}
