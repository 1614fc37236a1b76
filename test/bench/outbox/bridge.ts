/**
 * The first peer: a mosquitto on the gateway that keeps what it is given on its disk and passes it on over a bridge. Each
 * of its limits is lifted, and it writes to its disk as often as it can be told to.
 */
import { Mosquitto } from '../../fixtures/mosquitto.ts';

export const AUTOSAVE_SECONDS = 1;

/** Of the receiver as well: what waits for a subscriber is not dropped. */
export const UNLIMITED = ['max_queued_messages 0'];

export async function createBridge(upstreamPort: number): Promise<Mosquitto> {
  return await Mosquitto.create({
    autosaveSeconds: AUTOSAVE_SECONDS,
    more: [
      ...UNLIMITED,
      'max_inflight_messages 0',
      'connection upstream',
      `address 127.0.0.1:${upstreamPort}`,
      'topic bench/# out 1',
      'cleansession false',
      'notifications false',
      'restart_timeout 1',
    ],
  });
}
