/** Wi-Fi and Bluetooth on one chip, and not. */
import { wifiCheck } from '../../src/doctor/wifi.ts';
import type { Provoked } from './findings-of.ts';
import type { MachineFiles } from './machine-folder.ts';

const SERIAL = 'sys/devices/platform/soc/fe201000.serial/serial0/serial0-0/bluetooth/hci0';
const SDIO = 'sys/devices/platform/soc/fe300000.mmcnr/mmc_host/mmc1/mmc1:0001/mmc1:0001:1';

/** As on a Raspberry Pi: Bluetooth at a serial port, Wi-Fi at SDIO, one chip. */
const ON_BOARD: MachineFiles = {
  [`${SERIAL}/`]: '',
  'sys/class/bluetooth/hci0': { link: SERIAL },
  'sys/class/net/lo/': '',
  'sys/class/net/wlan0/phy80211/name': 'phy0\n',
  [`${SDIO}/`]: '',
  'sys/class/net/wlan0/device': { link: SDIO },
};

const usb = (adapter: string, wifi: string): MachineFiles => ({
  [`sys/devices/pci0000:00/usb1/${adapter}/bluetooth/hci0/`]: '',
  'sys/class/bluetooth/hci0': { link: `sys/devices/pci0000:00/usb1/${adapter}/bluetooth/hci0` },
  [`sys/devices/pci0000:00/usb1/${wifi}/`]: '',
  'sys/class/net/wlan1/phy80211/name': 'phy1\n',
  'sys/class/net/wlan1/device': { link: `sys/devices/pci0000:00/usb1/${wifi}` },
});

const iw = (type: string, channel: string, name = 'wlan0') => ({
  iw: `[ "$*" = dev ] && printf 'phy#0\\n\\tInterface p2p0\\n\\t\\ttype managed\\n\\tInterface ${name}\\n\\t\\tifindex 3\\n\\t\\tssid Team\\n\\t\\ttype ${type}\\n\\t\\tchannel ${channel}, width: 20 MHz\\n'`,
});

const nmcli = (band: string) => ({
  nmcli: `case "$*" in *--active) echo "11-22:802-3-ethernet:eth0"; echo "33-44:802-11-wireless:wlan0";; *"show 33-44") echo ap; echo "${band}"; echo 0;; esac`,
});

export const WIFI_CASES: readonly Provoked[] = [
  {
    check: wifiCheck,
    when: 'every controller speaks H4',
    given: { adapters: ['h4:/dev/ttyACM0'] },
    verdict: 'skipped',
    evidence: 'no adapter of the kernel is to be used',
  },
  { check: wifiCheck, when: 'the adapter is not there', verdict: 'skipped', evidence: 'it is not there' },
  {
    check: wifiCheck,
    when: 'the adapter is a USB adapter of its own',
    files: { ...ON_BOARD, ...usb('1-1.2/1-1.2:1.0', '1-1.3/1-1.3:1.0') },
    programs: iw('AP', '6 (2437 MHz)'),
    verdict: 'ok',
    evidence: 'no Wi-Fi is on its chip',
  },
  {
    check: wifiCheck,
    when: 'the adapter is the board’s and Wi-Fi a USB adapter',
    files: {
      [`${SERIAL}/`]: '',
      'sys/class/bluetooth/hci0': { link: SERIAL },
      'sys/class/net/wlan1/wireless/': '',
      'sys/devices/usb1/1-1/1-1:1.0/': '',
      'sys/class/net/wlan1/device': { link: 'sys/devices/usb1/1-1/1-1:1.0' },
    },
    programs: iw('AP', '6 (2437 MHz)', 'wlan1'),
    verdict: 'ok',
    evidence: 'no Wi-Fi is on its chip',
  },
  {
    check: wifiCheck,
    when: 'an access point at 2.4 GHz is on its chip',
    files: ON_BOARD,
    programs: iw('AP', '6 (2437 MHz)'),
    verdict: 'failed',
    evidence: 'wlan0 serves a 2.4 GHz access point (channel 6) on the same chip: they break each other',
  },
  {
    check: wifiCheck,
    when: 'both are on one USB device',
    files: usb('1-1.2/1-1.2:1.0', '1-1.2/1-1.2:1.2'),
    programs: iw('AP', '11 (2462 MHz)', 'wlan1'),
    verdict: 'failed',
    evidence: 'wlan1 serves a 2.4 GHz access point (channel 11) on the same chip: they break each other',
  },
  {
    check: wifiCheck,
    when: 'the access point is at 5 GHz',
    files: ON_BOARD,
    programs: iw('AP', '36 (5180 MHz)'),
    verdict: 'ok',
    evidence: 'wlan0 is on the same chip; its access point is at 5 GHz',
  },
  {
    check: wifiCheck,
    when: 'the access point is on another chip',
    files: ON_BOARD,
    programs: iw('AP', '6 (2437 MHz)', 'wlan1'),
    verdict: 'ok',
    evidence: 'wlan0 is on the same chip, and serves no access point',
  },
  {
    check: wifiCheck,
    when: 'it is in a network of somebody else',
    files: ON_BOARD,
    programs: iw('managed', '6 (2437 MHz)'),
    verdict: 'ok',
    evidence: 'wlan0 is on the same chip, and serves no access point',
  },
  {
    check: wifiCheck,
    when: 'NetworkManager serves it at 2.4 GHz',
    files: ON_BOARD,
    programs: nmcli('bg'),
    verdict: 'failed',
    evidence: 'wlan0 serves a 2.4 GHz access point on the same chip: they break each other',
  },
  {
    check: wifiCheck,
    when: 'NetworkManager does not say where it serves it',
    files: ON_BOARD,
    programs: nmcli(''),
    verdict: 'warning',
    evidence: 'wlan0 is on the same chip, and an access point is served (nmcli); at 2.4 GHz they break each other',
  },
  {
    check: wifiCheck,
    when: 'hostapd runs',
    files: { ...ON_BOARD, 'proc/700/comm': 'hostapd\n' },
    verdict: 'warning',
    evidence: 'wlan0 is on the same chip, and an access point is served (hostapd); at 2.4 GHz they break each other',
  },
  {
    check: wifiCheck,
    when: 'nobody can be asked',
    files: ON_BOARD,
    verdict: 'skipped',
    evidence: 'wlan0 is on the same chip; whether an access point is served there cannot be told: install "iw"',
  },
];
