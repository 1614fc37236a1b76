/** What a gateway has asked of its controller, as the adapter has heard it (Vol 4, Part E, section 7.8). */
import { OPCODE } from '../../virtual-radio/h4.ts';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';

export interface ConnectionAsked {
  readonly minIntervalMs: number;
  readonly maxIntervalMs: number;
  readonly latency: number;
  readonly supervisionTimeoutMs: number;
  /** It was asked while a scan was on. */
  readonly whileScanning: boolean;
}

export interface ScanAsked {
  readonly intervalMs: number;
  readonly windowMs: number;
}

const SCAN_UNIT_MS = 0.625;
const INTERVAL_UNIT_MS = 1.25;
const TIMEOUT_UNIT_MS = 10;

export function connectionsAsked({ commands }: VirtualAdapter): ConnectionAsked[] {
  const asked: ConnectionAsked[] = [];
  let isScanning = false;
  for (const { opcode, parameters } of commands) {
    if (opcode === OPCODE.reset) isScanning = false;
    if (opcode === OPCODE.setScanEnable) isScanning = parameters[0] === 1;
    if (opcode !== OPCODE.createConnection) continue;
    asked.push({
      minIntervalMs: parameters.readUInt16LE(13) * INTERVAL_UNIT_MS,
      maxIntervalMs: parameters.readUInt16LE(15) * INTERVAL_UNIT_MS,
      latency: parameters.readUInt16LE(17),
      supervisionTimeoutMs: parameters.readUInt16LE(19) * TIMEOUT_UNIT_MS,
      whileScanning: isScanning,
    });
  }
  return asked;
}

export function scansAsked({ commands }: VirtualAdapter): ScanAsked[] {
  return commands
    .filter(({ opcode }) => opcode === OPCODE.setScanParameters)
    .map(({ parameters }) => ({
      intervalMs: parameters.readUInt16LE(1) * SCAN_UNIT_MS,
      windowMs: parameters.readUInt16LE(3) * SCAN_UNIT_MS,
    }));
}
