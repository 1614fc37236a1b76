/** The kernel's adapters: whether one is there, and what is the matter when it cannot be used. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, OperatingError } from '../../../src/domain/errors.ts';
import type { HciSocket } from './hci-socket.ts';

/** Where Linux lists its adapters. */
const ADAPTERS = '/sys/class/bluetooth';

/** @throws OperatingError `radio-unavailable` when there is no such adapter, or no right to it */
export async function openKernelSocket(deviceId: number): Promise<HciSocket> {
  const adapter = `hci${deviceId}`;
  refuseAbsent(adapter);
  try {
    // Not before it is wanted, since the native module may be missing where only H4 is used.
    const { KernelHciSocket } = await import('./kernel-hci-socket.ts');
    return new KernelHciSocket();
  } catch (error) {
    throw explained(adapter, error);
  }
}

/**
 * Says that an adapter is not there before noble's native socket finds out: of a socket that could not be opened it
 * closes a handle that was never begun, which under Node 24 ends the process.
 */
function refuseAbsent(adapter: string): void {
  if (process.platform !== 'linux' || existsSync(join(ADAPTERS, adapter))) return;
  const there = existsSync(ADAPTERS) ? readdirSync(ADAPTERS).filter((name) => /^hci\d+$/.test(name)) : [];
  if (there.length > 0) {
    throw unavailable(`there is no Bluetooth adapter ${adapter}`, `plug it in, or name one of: ${there.join(', ')}`);
  }
  throw unavailable('this machine has no Bluetooth adapter', 'plug one in or switch it on, or try "sideline simulate"');
}

/** What the system's error means for a person. */
export function explained(adapter: string, error: unknown): OperatingError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENODEV':
      return unavailable(
        `there is no Bluetooth adapter ${adapter}`,
        'plug it in, or name another one; "hciconfig" lists those that are there',
        error,
      );
    case 'EAFNOSUPPORT':
      return unavailable(
        'this machine has no Bluetooth',
        'use a machine with a Bluetooth adapter, or try "sideline simulate"',
        error,
      );
    case 'EPERM':
    case 'EACCES':
      return unavailable(
        `no permission to use the Bluetooth adapter ${adapter}`,
        'run it as the systemd service, or with the capability CAP_NET_RAW',
        error,
      );
    case 'MODULE_NOT_FOUND':
    case 'ERR_DLOPEN_FAILED':
      return unavailable(
        'the Bluetooth module was not built for this machine',
        'run "npm rebuild @abandonware/bluetooth-hci-socket"',
        error,
      );
    default:
      return unavailable(
        `the Bluetooth adapter ${adapter} cannot be used: ${messageOf(error)}`,
        'unplug it and plug it in again; if that does not help, restart the machine',
        error,
      );
  }
}

function unavailable(message: string, remedy: string, cause?: unknown): OperatingError {
  return new OperatingError('radio-unavailable', message, { remedy, cause });
}
