/**
 * What noble may tell the controller. noble sets its own scan parameters before each scan, sends a disconnection of
 * handle 0 for a strap that has no link, and connects whatever else goes on; a controller's answer to that is a
 * refusal at best, and a refusal noble takes for an answer to something else.
 *
 * Invariants: no connection is begun while another is or a scan is on; nothing is sent about a link that is not up.
 */
import type { ControllerView } from './controller-view.ts';
import type { GuardEffect } from './guard-effects.ts';
import { addressAt, commandName, commandStatus, FRAGMENT, HANDLE_MASK, OPCODE, PACKET, STATUS } from './packets.ts';

export interface ScanDuty {
  readonly intervalMs: number;
  /** How much of each interval is listened, ms. */
  readonly windowMs: number;
}

/** Half of the time, while there is nothing else to do. */
export const SCAN_ALONE: ScanDuty = { intervalMs: 160, windowMs: 80 };
/** Less than a third beside links, which have their exchanges in what is left. */
export const SCAN_BESIDE_LINKS: ScanDuty = { intervalMs: 160, windowMs: 48 };

const SCAN_UNIT_MS = 0.625;

/** Where in LE Set Scan Parameters and LE Create Connection things are, from the type byte on. */
const SCAN_PARAMETERS = { interval: 5, window: 7, ownAddressType: 9, bytes: 11 } as const;
const SCAN_ENABLE_BYTES = 6;
const CREATE_CONNECTION = { peer: 10, ownAddressType: 16, bytes: 29 } as const;

export class CommandGate {
  readonly #view: ControllerView;
  /** Undefined: by whether there are links. */
  scanDuty: ScanDuty | undefined;
  /** Of LE commands: 0 public, 1 random. */
  ownAddressType = 0;

  constructor(view: ControllerView) {
    this.#view = view;
  }

  /** @param packet of noble's, whole */
  pass(packet: Buffer): GuardEffect[] {
    if (packet[0] === PACKET.acl) return this.#acl(packet);
    if (packet[0] !== PACKET.command || packet.length < 4) return this.#swallow();
    const opcode = packet.readUInt16LE(1);
    switch (opcode) {
      case OPCODE.leSetScanParameters:
        return this.#send(opcode, this.#scanParameters(packet));
      case OPCODE.leSetScanEnable:
        if (packet.length !== SCAN_ENABLE_BYTES) return this.#swallow();
        this.#view.scanAsked(packet[4] === 1);
        return this.#send(opcode, packet);
      case OPCODE.leCreateConnection:
        return this.#createConnection(packet);
      case OPCODE.leCreateConnectionCancel:
        // Without an attempt of ours it would end somebody else's.
        return this.#view.initiating === undefined ? this.#swallow() : this.#send(opcode, packet);
      case OPCODE.disconnect:
        if (!this.#isOfLink(packet)) return this.#swallow();
        this.#view.disconnecting.push(packet.readUInt16LE(4));
        return this.#send(opcode, packet);
      case OPCODE.leStartEncryption: {
        const link = packet.length < 6 ? undefined : this.#view.links.get(packet.readUInt16LE(4));
        if (link === undefined) return this.#swallow();
        link.isEncrypting = true;
        return this.#send(opcode, packet);
      }
      case OPCODE.readRssi:
      case OPCODE.leConnectionUpdate:
        return this.#isOfLink(packet) ? this.#send(opcode, packet) : this.#swallow();
      default:
        return this.#send(opcode, packet);
    }
  }

  #isOfLink(packet: Buffer): boolean {
    return packet.length >= 6 && this.#view.links.has(packet.readUInt16LE(4));
  }

  #acl(packet: Buffer): GuardEffect[] {
    if (packet.length < 9) return this.#swallow();
    const head = packet.readUInt16LE(1);
    const link = this.#view.links.get(head & HANDLE_MASK);
    if (link === undefined) return this.#swallow();
    if (head >> 12 === FRAGMENT.firstFromHost) link.sent(packet.subarray(5));
    return [{ kind: 'to-controller', packet }];
  }

  #scanParameters(packet: Buffer): Buffer {
    if (packet.length !== SCAN_PARAMETERS.bytes) return packet;
    const duty = this.scanDuty ?? (this.#view.links.size > 0 ? SCAN_BESIDE_LINKS : SCAN_ALONE);
    const rewritten = Buffer.from(packet);
    rewritten.writeUInt16LE(Math.round(duty.intervalMs / SCAN_UNIT_MS), SCAN_PARAMETERS.interval);
    rewritten.writeUInt16LE(Math.round(duty.windowMs / SCAN_UNIT_MS), SCAN_PARAMETERS.window);
    rewritten.writeUInt8(this.ownAddressType, SCAN_PARAMETERS.ownAddressType);
    return rewritten;
  }

  #createConnection(packet: Buffer): GuardEffect[] {
    if (packet.length !== CREATE_CONNECTION.bytes) return this.#swallow();
    const strap = addressAt(packet, CREATE_CONNECTION.peer);
    const view = this.#view;
    if (view.initiating !== undefined || view.scanning) return this.#refuse(STATUS.commandDisallowed, strap);
    if (view.linkTo(strap) !== undefined) return this.#refuse(STATUS.alreadyConnected, strap);
    view.initiating = strap;
    const rewritten = Buffer.from(packet);
    rewritten.writeUInt8(this.ownAddressType, CREATE_CONNECTION.ownAddressType);
    return this.#send(OPCODE.leCreateConnection, rewritten);
  }

  /** As a controller does it, without asking it. */
  #refuse(status: number, strap: string): GuardEffect[] {
    const command = commandName(OPCODE.leCreateConnection);
    return [
      { kind: 'to-noble', packet: commandStatus(OPCODE.leCreateConnection, status), origin: { strap } },
      { kind: 'report', report: { type: 'refused', command, status, local: true, strap } },
    ];
  }

  #send(opcode: number, packet: Buffer): GuardEffect[] {
    this.#view.asked(opcode);
    return [{ kind: 'to-controller', packet }];
  }

  #swallow(): GuardEffect[] {
    this.#view.counts.swallowed++;
    return [];
  }
}
