/**
 * An adapter of the guest's: a controller of btvirt's behind a device of `/dev/vhci`, with what btvirt cannot do: a
 * connection that does not come about until the drill lets it. btvirt refuses at once when the peer is absent, a
 * real controller goes on listening for it until it is told to stop (volume 4, part E, section 7.8.12).
 */
import { createReadStream, openSync, writeSync } from 'node:fs';
import { createConnection } from 'node:net';
import { PacketStream } from '../../virtual-radio/h4.ts';
import { answer } from './answering.ts';

const COMMAND = 1;
const CREATE_CONNECTION = 0x200d;
const CREATE_CONNECTION_CANCEL = 0x200e;
const COMMAND_DISALLOWED = 0x0c;

/** Of vhci's own: the device is made by writing one (0: of the primary kind), and answered with one. */
const VENDOR = 0xff;

const [server = '/tmp/bt-server-bredrle'] = process.argv.slice(2);
const device = openSync('/dev/vhci', 'r+');
const controller = createConnection(server);

let isWithheld = false;
/** The command that is kept back. */
let pending: Buffer | undefined;
/** btvirt's Command Status to a command that has been answered here already. */
let statusesToDrop = 0;
const stream = new PacketStream();

// One read gives one packet.
createReadStream('', { fd: device, highWaterMark: 4096 }).on('data', (chunk) => fromHost(chunk as Buffer));
controller.on('data', (chunk) => {
  for (const packet of stream.take(chunk)) fromController(packet);
});
controller.on('close', () => process.exit(1));
writeSync(device, Buffer.from([VENDOR, 0]));

function fromHost(packet: Buffer): void {
  if (packet[0] === VENDOR) return;
  const opcode = packet[0] === COMMAND ? packet.readUInt16LE(1) : undefined;
  if (opcode === CREATE_CONNECTION && (isWithheld || pending !== undefined)) create(packet);
  else if (opcode === CREATE_CONNECTION_CANCEL && pending !== undefined) cancel();
  else controller.write(packet);
}

function create(packet: Buffer): void {
  const status = pending === undefined ? 0 : COMMAND_DISALLOWED;
  pending ??= packet;
  toHost([0x04, 0x0f, 4, status, 1, CREATE_CONNECTION & 0xff, CREATE_CONNECTION >> 8]);
}

function cancel(): void {
  pending = undefined;
  toHost([0x04, 0x0e, 4, 1, CREATE_CONNECTION_CANCEL & 0xff, CREATE_CONNECTION_CANCEL >> 8, 0]);
  // LE Connection Complete: unknown connection identifier, which is how a cancelled one ends.
  toHost([0x04, 0x3e, 19, 1, 0x02, ...new Array<number>(17).fill(0)]);
}

function fromController(packet: Buffer): void {
  const isStatus = packet[0] === 4 && packet[1] === 0x0f && packet.readUInt16LE(5) === CREATE_CONNECTION;
  if (isStatus && statusesToDrop > 0) statusesToDrop--;
  else toHost(packet);
}

function toHost(packet: Buffer | readonly number[]): void {
  writeSync(device, Buffer.from(packet));
}

/** From now on connections do not come about. */
function withhold(): void {
  isWithheld = true;
}

/** What was kept back is done, and what comes passes. */
function release(): void {
  isWithheld = false;
  if (pending === undefined) return;
  statusesToDrop++;
  controller.write(pending);
  pending = undefined;
}

/** What comes passes; the controller is still at what it was told before. */
function pass(): void {
  isWithheld = false;
}

answer({ withhold, release, pass, isPending: () => pending !== undefined });
