/** What there is to be seen of the kernel's Bluetooth; several checks judge it, each for one thing. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Surroundings } from './finding.ts';
import type { KernelSocket } from './probe-answers.ts';

export interface KernelFacts {
  /** The adapters of the kernel that are to be used, as `hci0`; none where all speak H4. */
  readonly configured: readonly string[];
  /** `/sys/class/bluetooth` is there: the kernel has Bluetooth, and has it loaded. */
  readonly isLoaded: boolean;
  /** The adapters in it. */
  readonly there: readonly string[];
  /** Absent where nobody needs it. */
  readonly socket?: KernelSocket;
}

/** For checks of what matters to the kernel's adapters only. */
export const NOT_NEEDED = 'no adapter of the kernel is to be used';

const KERNEL_ADAPTER = /^hci\d+$/;

export function kernelAdapters(adapters: readonly string[]): string[] {
  return adapters.filter((adapter) => KERNEL_ADAPTER.test(adapter));
}

export async function kernelFacts({
  sys,
  adapters,
  kernelSocket,
}: Pick<Surroundings, 'sys' | 'adapters' | 'kernelSocket'>): Promise<KernelFacts> {
  const configured = kernelAdapters(adapters);
  const folder = join(sys, 'class/bluetooth');
  const isLoaded = existsSync(folder);
  // Links are listed there too, as `hci0:64`.
  const there = isLoaded ? kernelAdapters(readdirSync(folder)).sort() : [];
  return { configured, isLoaded, there, ...(configured.length === 0 ? {} : { socket: await kernelSocket() }) };
}

/** The native module itself is no good, so that its word on the kernel counts for nothing. */
export function isModuleBroken(socket: KernelSocket | undefined): boolean {
  if (socket?.state === 'crashed') return true;
  return socket?.state === 'refused' && ['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(socket.code);
}

export function isWithoutBluetooth({ isLoaded, socket }: KernelFacts): boolean {
  if (isLoaded) return false;
  return isModuleBroken(socket) || (socket?.state === 'refused' && socket.code === 'EAFNOSUPPORT');
}
