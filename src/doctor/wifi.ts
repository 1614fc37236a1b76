/**
 * Is there a 2.4 GHz access point on the chip that the Bluetooth adapter is on? The Wi-Fi and the Bluetooth of a Raspberry
 * Pi are one chip with one antenna: while it serves an access point it hears straps badly or not at all, and the access
 * point loses its clients (balena-os/wifi-connect #271, raspberrypi/linux #1444 and #3727).
 */
import type { Check, Judgement, Surroundings } from './finding.ts';
import { skipped } from './finding.ts';
import { kernelAdapters, NOT_NEEDED } from './kernel-facts.ts';
import { type AccessPoint, accessPoints, sharedInterfaces } from './wifi-facts.ts';

interface WifiFacts {
  readonly adapter: string;
  /** The Wi-Fi interfaces on the adapter's own chip; undefined where the adapter is not there. */
  readonly shared: readonly string[] | undefined;
  /** Undefined where nobody can be asked. */
  readonly accessPoints: readonly AccessPoint[] | undefined;
}

const REMEDY =
  'serve the access point at 5 GHz (channel 36), or from a router or a USB Wi-Fi adapter; or use a USB Bluetooth adapter for the straps';

export const wifiCheck: Check = {
  name: 'bluetooth-wifi',
  run: async (surroundings: Surroundings) => {
    const adapters = kernelAdapters(surroundings.adapters);
    if (adapters.length === 0) return [skipped(NOT_NEEDED)];
    const points = await accessPoints(surroundings);
    return adapters.map((adapter) =>
      wifiVerdict({ adapter, shared: sharedInterfaces(surroundings.sys, adapter), accessPoints: points }),
    );
  },
};

function wifiVerdict({ adapter, shared, accessPoints: points }: WifiFacts): Judgement {
  const about = adapter;
  if (shared === undefined) return skipped('it is not there', about);
  if (shared.length === 0) return { about, verdict: 'ok', evidence: 'no Wi-Fi is on its chip' };
  const chip = `${shared.join(', ')} ${shared.length === 1 ? 'is' : 'are'} on the same chip`;
  if (points === undefined) {
    return skipped(`${chip}; whether an access point is served there cannot be told: install "iw"`, about);
  }
  const ours = points.filter((point) => point.interfaceName === undefined || shared.includes(point.interfaceName));
  const [near] = ours.filter(({ band }) => band === '2.4 GHz');
  if (near !== undefined) {
    return {
      about,
      verdict: 'failed',
      evidence: `${near.interfaceName ?? chip} serves a 2.4 GHz access point${near.channel === undefined ? '' : ` (channel ${near.channel})`} on the same chip: they break each other`,
      remedy: REMEDY,
    };
  }
  const [unknown] = ours.filter(({ band }) => band === undefined);
  if (unknown !== undefined) {
    return {
      about,
      verdict: 'warning',
      evidence: `${chip}, and an access point is served (${unknown.toldBy}); at 2.4 GHz they break each other`,
      remedy: REMEDY,
    };
  }
  const [far] = ours;
  if (far !== undefined) return { about, verdict: 'ok', evidence: `${chip}; its access point is at ${far.band}` };
  return { about, verdict: 'ok', evidence: `${chip}, and serves no access point` };
}
