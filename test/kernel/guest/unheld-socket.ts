/**
 * The package's socket, which is made to take its raw channel for a user channel: its commands pass as they are,
 * and nothing in the kernel holds a link. Shows what becomes of a link then.
 */
import { createRequire } from 'node:module';

interface Socket {
  bindRaw(deviceId?: number): number;
  bindUser(deviceId?: number): number;
}

const Native = createRequire(import.meta.url)('@abandonware/bluetooth-hci-socket/lib/native.js') as new () => Socket;

export class UnheldSocket extends Native {
  override bindRaw(deviceId?: number): number {
    const bound = super.bindRaw(deviceId);
    try {
      super.bindUser(bound);
    } catch {
      // The kernel refuses to bind it anew; that the package has changed its mind is what this was for.
    }
    return bound;
  }
}
