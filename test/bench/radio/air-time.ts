/**
 * The time that a real radio takes and the emulator's does not: it stands between a worker and an adapter, and lets
 * nothing pass before its time on the air has come.
 *
 * - What goes over a link waits for the link's next connection event, one every connection interval, and a strap's
 *   answer for the one after that (Core Specification, volume 6 part B, section 4.5.1).
 * - An advertisement is heard only while the scan listens: its window of each scan interval (section 4.4.3).
 * - A connection begins at one of the strap's next advertisements, of which the adapter hears every second one: noble
 *   listens for 30 of 60 ms while it connects.
 */
import { connect, type Socket } from 'node:net';
import { OPCODE, PacketStream } from '../../virtual-radio/h4.ts';
import { HostPort } from '../../virtual-radio/host-port.ts';
import { type Linked, type Packet, read } from '../../virtual-radio/packet.ts';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';

/** Of the virtual straps. */
const ADVERTISING_INTERVAL_MS = 200;
const HEARD_CONNECTING = 0.5;

/** Units of LE Set Scan Parameters, and where interval and window are in it (volume 4 part E, section 7.8.10). */
const SCAN_UNIT_MS = 0.625;
const SCAN_INTERVAL = 1;
const SCAN_WINDOW = 3;

interface OnAir {
  readonly intervalMs: number;
  /** A connection event, of which there is one every interval. */
  readonly anchorMs: number;
  waiting: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

export class AirTime {
  readonly #adapter: VirtualAdapter;
  readonly #host: HostPort;
  readonly #links = new Map<number, OnAir>();
  #controller: Socket | undefined;
  #scan = { intervalMs: 1, windowMs: 1 };
  #connecting: { readonly timer: NodeJS.Timeout; readonly begin: () => void } | undefined;
  /** Packets of links so far, either way. */
  packets = 0;

  /** @param adapter a host takes `address` in the place of its own */
  static async of(adapter: VirtualAdapter): Promise<AirTime> {
    const airTime = new AirTime(adapter);
    await airTime.#host.open();
    return airTime;
  }

  private constructor(adapter: VirtualAdapter) {
    this.#adapter = adapter;
    this.#host = new HostPort(`${pathOf(adapter.address)}-air`, {
      arrived: () => this.#arrived(),
      wrote: (packet) => this.#wrote(packet),
      left: () => this.#forget(),
    });
  }

  get address(): string {
    return `h4:unix:${this.#host.path}`;
  }

  async close(): Promise<void> {
    await this.#host.close();
    this.#forget();
  }

  #arrived(): void {
    const controller = connect(pathOf(this.#adapter.address));
    const stream = new PacketStream();
    controller.on('data', (chunk) => {
      for (const packet of stream.take(chunk)) if (this.#controller === controller) this.#heard(packet);
    });
    controller.on('error', () => {});
    controller.once('close', () => {
      if (this.#controller === controller) this.#host.hangUp();
    });
    this.#controller = controller;
  }

  #forget(): void {
    clearTimeout(this.#connecting?.timer);
    this.#connecting = undefined;
    for (const { timer } of this.#links.values()) clearTimeout(timer);
    this.#links.clear();
    this.#controller?.destroy();
    this.#controller = undefined;
  }

  #wrote(bytes: Buffer): void {
    const packet = read(bytes);
    const send = () => void this.#controller?.write(bytes);
    if (packet.type === 'data') this.#onLink(packet.handle, send);
    else if (packet.type === 'command') this.#command(packet, send);
    else send();
  }

  #command({ opcode, parameters }: Packet & { type: 'command' }, send: () => void): void {
    if (opcode === OPCODE.setScanParameters) {
      const intervalMs = parameters.readUInt16LE(SCAN_INTERVAL) * SCAN_UNIT_MS;
      this.#scan = { intervalMs, windowMs: parameters.readUInt16LE(SCAN_WINDOW) * SCAN_UNIT_MS };
    }
    if (opcode !== OPCODE.createConnection) {
      // Whatever comes behind a connection attempt, to cancel it above all, finds it begun.
      this.#beginConnecting();
      send();
      return;
    }
    const timer = setTimeout(() => this.#beginConnecting(), ADVERTISING_INTERVAL_MS * advertisementsUntilHeard());
    this.#connecting = { timer, begin: send };
  }

  #beginConnecting(): void {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    clearTimeout(connecting?.timer);
    connecting?.begin();
  }

  #heard(bytes: Buffer): void {
    const packet = read(bytes);
    const tell = () => this.#host.send(bytes);
    switch (packet.type) {
      case 'data':
        this.#onLink(packet.handle, tell);
        return;
      case 'advertisement':
        if (this.#isListening()) tell();
        return;
      case 'linked':
        if (packet.status === 0) this.#linked(packet);
        break;
      case 'unlinked':
        this.#unlinked(packet.handle);
        break;
      default:
        break;
    }
    tell();
  }

  #isListening(): boolean {
    return performance.now() % this.#scan.intervalMs < this.#scan.windowMs;
  }

  #linked({ handle, intervalMs }: Linked): void {
    this.#unlinked(handle);
    this.#links.set(handle, { intervalMs, anchorMs: performance.now(), waiting: [], timer: undefined });
  }

  #unlinked(handle: number): void {
    clearTimeout(this.#links.get(handle)?.timer);
    this.#links.delete(handle);
  }

  #onLink(handle: number, pass: () => void): void {
    this.packets++;
    const link = this.#links.get(handle);
    if (link === undefined) return;
    link.waiting.push(pass);
    if (link.timer !== undefined) return;
    const sinceMs = (performance.now() - link.anchorMs) % link.intervalMs;
    link.timer = setTimeout(() => {
      link.timer = undefined;
      const { waiting } = link;
      link.waiting = [];
      for (const each of waiting) each();
    }, link.intervalMs - sinceMs);
  }
}

function pathOf(address: string): string {
  return address.replace(/^h4:unix:/, '');
}

/** The first of them is a part of an interval away. */
function advertisementsUntilHeard(): number {
  let missed = 0;
  while (Math.random() > HEARD_CONNECTING) missed++;
  return missed + Math.random();
}
