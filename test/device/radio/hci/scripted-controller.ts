/**
 * A Bluetooth controller that a test scripts, byte by byte where it has to be.
 *
 * It answers by itself what noble asks of a controller to begin with, keeps to the rules of one (no connection while
 * another is being made, no scan parameters while it scans), and does nothing else unless it is told: a strap
 * advertises when the test calls `advertise`, a connection comes about when the test calls `connected`, or when a
 * `ScriptedStrap` is `inRange`.
 *
 *     const controller = new ScriptedController();
 *     const path = await controller.listen();            // h4:unix:<path>, or: controller.transport(), in process
 *     controller.advertise({ address: 'a09e1a000007', data: HEART_RATE_ADVERTISEMENT });
 *     const { parameters } = await controller.command(OPCODE.leCreateConnection);
 *     controller.connected({ handle: 0x40, address: 'a09e1a000007' });
 *     controller.send(Buffer.from('04053e', 'hex'));     // anything at all, whole or not
 *     controller.ignore(OPCODE.leSetScanEnable);         // never answers it
 *     controller.refuse(OPCODE.leCreateConnection, 0x0d);
 *     await controller.close();
 *
 * Everything that the host sent is kept: `commands` and `pdus`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { H4Reader } from '../../../../device/radio/hci/h4.ts';
import {
  aclFromController,
  commandComplete,
  commandName,
  commandStatus,
  EVENT,
  event,
  FRAGMENT,
  HANDLE_MASK,
  LE_EVENT,
  OPCODE,
  PACKET,
} from '../../../../device/radio/hci/packets.ts';
import type { Transport, TransportListener } from '../../../../device/radio/hci/transport.ts';
import { ControllerRules, type HostCommand } from './controller-rules.ts';

/** An L2CAP PDU that the host sent, put together. */
export interface HostPdu {
  readonly handle: number;
  readonly channel: number;
  readonly payload: Buffer;
}

/** What answers a command, each a packet with its type byte. */
export type Answer = (command: HostCommand) => readonly Buffer[];

export interface Advertising {
  /** Twelve hex digits. */
  readonly address: string;
  readonly addressType?: 'public' | 'random';
  /** 0 ADV_IND (where it is not given), 2 ADV_SCAN_IND, 3 ADV_NONCONN_IND, 4 SCAN_RSP. */
  readonly type?: number;
  readonly data: Uint8Array;
  /** dBm. */
  readonly rssi?: number;
}

export interface Connected {
  readonly handle: number;
  /** Twelve hex digits; where it is not given, of whom the host is connecting to. */
  readonly address?: string;
  readonly addressType?: 'public' | 'random';
  readonly status?: number;
  /** 0 central, 1 peripheral. */
  readonly role?: number;
}

/** Whoever is reachable by the controller; see `ScriptedStrap`. */
export interface InRange {
  readonly address: string;
  /** The controller has connected to it. */
  onConnected(link: { readonly handle: number; send(channel: number, payload: Uint8Array): void }): void;
  onDisconnected(handle: number): void;
  onPdu(pdu: HostPdu): void;
}

export class ScriptedController {
  readonly commands: HostCommand[] = [];
  readonly pdus: HostPdu[] = [];
  readonly rules = new ControllerRules();
  /** Says that ACL packets have left. A controller that does not gets no more than its buffers hold. */
  completesPackets = true;
  readonly #answers = new Map<number, Answer>();
  readonly #waiting = new Set<() => void>();
  readonly #inRange = new Map<string, InRange>();
  readonly #links = new Map<number, InRange>();
  /** How many commands of each opcode `command` has given. */
  readonly #given = new Map<number, number>();
  #reader = new H4Reader();
  #open: { handle: number; channel: number; length: number; bytes: Buffer } | undefined;
  #wire: ((bytes: Buffer) => void) | undefined;
  #cut: (() => void) | undefined;
  #server: { readonly server: Server; readonly folder: string } | undefined;
  #nextHandle = 0x40;

  /** @param address twelve hex digits; all zeros for a controller without an address */
  constructor({ address = '00a0500000c0' }: { address?: string } = {}) {
    this.rules.address = address;
  }

  /** The commands with this opcode, so far. */
  sent(opcode: number): HostCommand[] {
    return this.commands.filter((each) => each.opcode === opcode);
  }

  /** The first command with this opcode that has not been given yet; waits for it. */
  async command(opcode: number): Promise<HostCommand> {
    const index = this.#given.get(opcode) ?? 0;
    this.#given.set(opcode, index + 1);
    return await this.when(() => this.sent(opcode)[index]);
  }

  /** Waits until the host has sent something that makes this other than undefined. */
  async when<Value>(look: () => Value | undefined): Promise<Value> {
    for (;;) {
      const value = look();
      if (value !== undefined) return value;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  answer(opcode: number, answer: Answer): void {
    this.#answers.set(opcode, answer);
  }

  /** The command is taken and never answered. */
  ignore(opcode: number): void {
    this.answer(opcode, () => []);
  }

  /** @param by by Command Status, or by Command Complete where that is how the command has its success */
  refuse(opcode: number, status: number, by: 'status' | 'complete' = 'status'): void {
    const packet = by === 'status' ? commandStatus(opcode, status) : commandComplete(opcode, Buffer.from([status]));
    this.answer(opcode, () => [packet]);
  }

  /** The command is answered by the rules again. */
  behave(opcode: number): void {
    this.#answers.delete(opcode);
  }

  /** Any bytes, as they are. */
  send(bytes: Buffer): void {
    this.#wire?.(bytes);
  }

  advertise(...advertisings: readonly Advertising[]): void {
    const reports = advertisings.map(({ address, addressType = 'public', type = 0, data, rssi = -60 }) => {
      const head = Buffer.from([type, addressType === 'random' ? 1 : 0]);
      return Buffer.concat([head, reversed(address), Buffer.from([data.length]), data, Buffer.from([rssi & 0xff])]);
    });
    const head = Buffer.from([LE_EVENT.advertisingReport, reports.length]);
    this.send(event(EVENT.leMeta, Buffer.concat([head, ...reports])));
  }

  /** LE Connection Complete, with the parameters that were asked for. */
  connected({ handle, address, addressType = 'public', status = 0, role = 0 }: Connected): void {
    const peer = address ?? this.rules.connectingTo ?? '000000000000';
    const asked = this.sent(OPCODE.leCreateConnection).at(-1)?.parameters ?? Buffer.alloc(25);
    this.rules.connectingTo = undefined;
    const parameters = Buffer.alloc(19);
    parameters.set([LE_EVENT.connectionComplete, status], 0);
    parameters.writeUInt16LE(handle, 2);
    parameters.set([role, addressType === 'random' ? 1 : 0], 4);
    parameters.set(reversed(peer), 6);
    parameters.writeUInt16LE(asked.readUInt16LE(15), 12);
    parameters.writeUInt16LE(asked.readUInt16LE(17), 14);
    parameters.writeUInt16LE(asked.readUInt16LE(19), 16);
    this.send(event(EVENT.leMeta, parameters));
  }

  /** Disconnection Complete. */
  disconnected(handle: number, reason = 0x08, status = 0): void {
    this.send(event(EVENT.disconnectionComplete, Buffer.from([status, handle & 0xff, handle >> 8, reason])));
    if (status !== 0) return;
    this.#links.get(handle)?.onDisconnected(handle);
    this.#links.delete(handle);
  }

  /** An L2CAP PDU over a link, in fragments of that many bytes at most. */
  pdu(handle: number, channel: number, payload: Uint8Array, { fragmentBytes = 1_000 } = {}): void {
    const whole = aclFromController(handle, channel, payload).subarray(5);
    for (let at = 0; at < whole.length; at += fragmentBytes) {
      const fragment = whole.subarray(at, at + fragmentBytes);
      const head = Buffer.from([PACKET.acl, 0, 0, 0, 0]);
      head.writeUInt16LE(handle | ((at === 0 ? FRAGMENT.first : FRAGMENT.later) << 12), 1);
      head.writeUInt16LE(fragment.length, 3);
      this.send(Buffer.concat([head, fragment]));
    }
  }

  /** Connects by itself whenever the host asks for this address, at once or when it does already. */
  inRange(strap: InRange): void {
    this.#inRange.set(strap.address, strap);
    this.#connectInRange();
  }

  /** Links that there are stay until `disconnected` is called. */
  outOfRange(address: string): void {
    this.#inRange.delete(address);
  }

  /** Listens on a Unix socket, which is its path. One host at a time. */
  async listen(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'scripted-controller-'));
    const path = join(folder, 'hci');
    const server = createServer((socket) => this.#serve(socket));
    this.#server = { server, folder };
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return path;
  }

  /** The same without a socket. What the controller sends arrives in the next microtask, in order. */
  transport(): Transport {
    let listener: TransportListener | undefined;
    this.#plug((bytes) => queueMicrotask(() => listener?.onBytes(bytes)));
    this.#cut = () => listener?.onClose('the other side ended the connection');
    return {
      listen: (to) => {
        listener = to;
      },
      write: (bytes) => this.#receive(Buffer.from(bytes)),
      close: async (last) => {
        if (last !== undefined) this.#receive(Buffer.from(last));
        listener = undefined;
      },
    };
  }

  /** Ends the connection to the host, as a controller that is pulled out does. */
  vanish(): void {
    this.#cut?.();
  }

  async close(): Promise<void> {
    this.vanish();
    if (this.#server === undefined) return;
    const { server, folder } = this.#server;
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }

  /** For another wire than those above. */
  serve(socket: Socket): void {
    this.#serve(socket);
  }

  #serve(socket: Socket): void {
    this.#plug((bytes) => socket.write(bytes));
    this.#cut = () => socket.destroy();
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => {});
  }

  #plug(wire: (bytes: Buffer) => void): void {
    this.#reader = new H4Reader();
    this.#wire = wire;
  }

  #receive(chunk: Buffer): void {
    for (const packet of this.#reader.push(chunk).packets) {
      if (packet[0] === PACKET.command) this.#onCommand(Buffer.from(packet));
      else if (packet[0] === PACKET.acl) this.#onAcl(Buffer.from(packet));
    }
    for (const wake of [...this.#waiting]) {
      this.#waiting.delete(wake);
      wake();
    }
  }

  #onCommand(packet: Buffer): void {
    const opcode = packet.readUInt16LE(1);
    const command = { opcode, name: commandName(opcode), parameters: packet.subarray(4) };
    this.commands.push(command);
    const answer = this.#answers.get(opcode) ?? ((each: HostCommand) => this.rules.answer(each));
    for (const each of answer(command)) this.send(each);
    if (opcode === OPCODE.leCreateConnection) this.#connectInRange();
    if (opcode === OPCODE.disconnect && !this.#answers.has(opcode)) {
      this.disconnected(command.parameters.readUInt16LE(0), 0x16);
    }
  }

  #connectInRange(): void {
    const strap = this.#inRange.get(this.rules.connectingTo ?? '');
    if (strap === undefined) return;
    const handle = this.#nextHandle++;
    this.#links.set(handle, strap);
    this.connected({ handle, address: strap.address });
    strap.onConnected({ handle, send: (channel, payload) => this.pdu(handle, channel, payload) });
  }

  #onAcl(packet: Buffer): void {
    const head = packet.readUInt16LE(1);
    const handle = head & HANDLE_MASK;
    if (this.completesPackets) {
      this.send(event(EVENT.numberOfCompletedPackets, Buffer.from([1, handle & 0xff, handle >> 8, 1, 0])));
    }
    const fragment = packet.subarray(5);
    if (head >> 12 === FRAGMENT.later && this.#open !== undefined) {
      this.#open.bytes = Buffer.concat([this.#open.bytes, fragment]);
    } else {
      const [length, channel] = [fragment.readUInt16LE(0), fragment.readUInt16LE(2)];
      this.#open = { handle, channel, length, bytes: fragment.subarray(4) };
    }
    const { channel, length, bytes: payload } = this.#open;
    if (payload.length < length) return;
    this.#open = undefined;
    const pdu = { handle, channel, payload };
    this.pdus.push(pdu);
    this.#links.get(handle)?.onPdu(pdu);
  }
}

function reversed(address: string): Buffer {
  return Buffer.from(address, 'hex').reverse();
}
