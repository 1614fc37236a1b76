/**
 * An adapter of the kernel's (`hci0`), as noble's socket, with one difference to the package
 * `@abandonware/bluetooth-hci-socket`: LE Create Connection goes to the controller as noble wrote it.
 *
 * The package swallows that command on the kernel's raw channel. It has a shell write the parameters to debugfs,
 * which needs root, and connects a blocking L2CAP socket in place of the command, so that the whole process stands
 * still until the strap answers or the kernel gives up after 40 s. It leaves the command alone on a socket that it
 * takes for one of the user channel, and what it takes a socket for is set by the attempt to bind, also by one that
 * fails. So connections are initiated over a second raw socket, which was told to become a user channel when it was
 * bound already.
 *
 * The kernel ends a link within seconds that nothing in it holds. What holds it is the first socket: still a raw
 * one to the package, it opens an L2CAP socket when it reads the Connection Complete. The link is there by then, so
 * that this returns at once. It is closed at the Disconnection Complete, and with the process, so that the kernel
 * ends the links of a process that was killed.
 *
 * One way to stand still is left: where the link is gone again before this process reads that it came about, the
 * kernel makes it anew for the L2CAP socket (with parameters of its own), or waits 40 s for a strap that is away. That
 * takes a process that was busy for longer than the link lived.
 *
 * Invariants: the two sockets are bound to the same adapter or the binding throws; the first is never anything but
 * raw; commands reach the kernel in the order of the calls.
 */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { OperatingError } from '../../../src/domain/errors.ts';
import type { HciSocket } from './hci-socket.ts';
import { command, OPCODE, PACKET } from './packets.ts';

/** HCI_DEV_NONE: the kernel binds a user channel to it never, whatever the state of the socket. */
const NO_DEVICE = 0xffff;

export class KernelHciSocket extends EventEmitter implements HciSocket {
  /** Reads, holds the links, and writes all but what initiates a connection. */
  readonly #socket: HciSocket;
  /** Is never started, and with the kernel's initial filter is given nothing to read. */
  readonly #initiator: HciSocket;
  #initiates = false;

  /** @throws what the kernel says where there is no Bluetooth (EAFNOSUPPORT) or no right to it (EPERM) */
  constructor(createNative: () => HciSocket = createNativeSocket) {
    super();
    this.#socket = createNative();
    this.#initiator = createNative();
    this.#socket.on('data', (packet: Buffer) => this.emit('data', packet));
    this.#socket.on('error', (error: Error) => this.emit('error', error));
    this.#initiator.on('error', (error: Error) => this.emit('error', error));
  }

  /** @throws what the kernel says (ENODEV), and OperatingError `radio-unavailable` where connecting would block */
  bindRaw(deviceId?: number): number {
    const bound = this.#socket.bindRaw(deviceId);
    this.#initiator.bindRaw(bound);
    passForUserChannel(this.#initiator);
    this.#initiates = true;
    return bound;
  }

  /** The package leaves a user channel's commands alone, so that it takes one socket. */
  bindUser(deviceId?: number): number {
    return this.#socket.bindUser(deviceId);
  }

  bindControl(): void {
    this.#socket.bindControl();
  }

  isDevUp(): boolean | null {
    return this.#socket.isDevUp();
  }

  getDeviceList(): readonly { readonly devId: number; readonly devUp: boolean }[] {
    return this.#socket.getDeviceList();
  }

  setFilter(filter: Buffer): void {
    this.#socket.setFilter(filter);
  }

  /**
   * A process that was killed while it connected has left the controller at it, which begins no other connection as
   * long as that lasts. So the first thing said is to leave off; a controller that was at nothing says so.
   */
  start(): void {
    this.#socket.start();
    if (this.#initiates && this.isDevUp() === true) this.#socket.write(command(OPCODE.leCreateConnectionCancel));
  }

  stop(): void {
    this.#socket.stop();
  }

  /** What the kernel refuses (ENETDOWN, EPERM) is emitted as `error`, never thrown. */
  write(packet: Buffer): void {
    const socket = this.#initiates && initiatesConnection(packet) ? this.#initiator : this.#socket;
    socket.write(packet);
  }
}

function initiatesConnection(packet: Buffer): boolean {
  if (packet.length < 4 || packet[0] !== PACKET.command) return false;
  const opcode = packet.readUInt16LE(1);
  return opcode === OPCODE.leCreateConnection || opcode === OPCODE.leExtendedCreateConnection;
}

/** The kernel refuses to bind a socket anew, while the package has already taken it for what it was to become. */
function passForUserChannel(socket: HciSocket): void {
  try {
    socket.bindUser(NO_DEVICE);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EALREADY') return;
    throw error;
  }
  throw new OperatingError('radio-unavailable', 'the kernel bound a Bluetooth socket a second time', {
    remedy: 'use the kernel of a current Debian',
  });
}

/** The package's socket by its own file, because what noble finds under the package's name may be another. */
function createNativeSocket(): HciSocket {
  const Native = createRequire(import.meta.url)(
    '@abandonware/bluetooth-hci-socket/lib/native.js',
  ) as new () => HciSocket;
  return new Native();
}
