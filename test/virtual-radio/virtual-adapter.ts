/**
 * A gateway's Bluetooth adapter with the manners of a real one, over a controller of btvirt's, and with what a test wants
 * of it: every command that a host has sent, signal strengths, a limit of links, an end.
 */
import { performance } from 'node:perf_hooks';
import { Changes } from '../fixtures/changes.ts';
import { ConnectionAttempts } from './connection-attempts.ts';
import { CODE, commandStatus, OPCODE } from './h4.ts';
import { HostPort } from './host-port.ts';
import { type Packet, read } from './packet.ts';
import { SharedController } from './shared-controller.ts';

export interface AdapterOptions {
  /** How many links it can hold; unless it is said, what btvirt can. */
  readonly maximumLinks?: number;
  /** With which code it refuses the next one; 0x0D unless it is said. */
  readonly refusal?: number;
  /** Most adapters refuse to, with 0x0C. */
  readonly connectsWhileScanning?: boolean;
  /**
   * Its links, and all else that it was told, live on when the host's process ends, as with a USB adapter; the next
   * host finds them. Without it they end with the host, which the straps find out by supervision timeout.
   */
  readonly keepsLinks?: boolean;
}

export interface HostCommand {
  /** Monotonic, as `performance.now()`. */
  readonly atMs: number;
  readonly opcode: number;
  readonly parameters: Buffer;
}

/** Of an advertiser of which nothing else has been said. */
const USUAL_SIGNAL_DBM = -60;

export class VirtualAdapter {
  readonly #controllerPath: string;
  readonly #keepsLinks: boolean;
  readonly #host: HostPort;
  readonly #controller: SharedController;
  readonly #attempts: ConnectionAttempts;
  readonly #changes = new Changes();
  readonly #signals = new Map<string, number | undefined>();
  readonly #links = new Map<number, string>();
  /** What the host has written before the controller was there. */
  #early: Buffer[] | undefined;
  #connecting: Promise<void> | undefined;
  #isScanning = false;
  #isHung = false;
  #hosts = 0;

  /** Everything that hosts have asked, in order: what was asked of noble need not be what it does. */
  readonly commands: HostCommand[] = [];

  constructor(path: string, controllerPath: string, options: AdapterOptions = {}) {
    this.#controllerPath = controllerPath;
    this.#keepsLinks = options.keepsLinks ?? false;
    this.#host = new HostPort(path, {
      arrived: () => void this.#arrived(),
      wrote: (packet) => this.#wrote(packet),
      left: () => this.#left(),
    });
    this.#controller = new SharedController({
      toHost: (packet) => this.tell(packet),
      heard: (packet, bytes) => this.#heard(packet, bytes),
      lost: () => this.#lost(),
    });
    this.#attempts = new ConnectionAttempts(this.#controller, {
      toHost: (packet) => this.tell(packet),
      isScanning: () => this.#isScanning,
      links: () => this.#links.size,
      hears: (peer) => this.#signalOf(peer) !== undefined,
      connectsWhileScanning: options.connectsWhileScanning ?? false,
      maximumLinks: options.maximumLinks ?? Number.POSITIVE_INFINITY,
      refusal: options.refusal ?? CODE.limitedResources,
    });
  }

  /** As the gateway's settings name it. */
  get address(): string {
    return `h4:unix:${this.#host.path}`;
  }

  /** The addresses of the peers. */
  get links(): string[] {
    return [...this.#links.values()];
  }

  get isScanning(): boolean {
    return this.#isScanning;
  }

  /** The address to which a connection is being made. */
  get connectingTo(): string | undefined {
    return this.#attempts.peer;
  }

  /** How many hosts have come so far. */
  get hosts(): number {
    return this.#hosts;
  }

  async until(holds: (adapter: this) => boolean, what: string): Promise<void> {
    await this.#changes.until(() => holds(this), `the adapter ${what}`);
  }

  /** How strongly it hears an advertiser, in dBm; undefined is not at all, and then it cannot connect to it either. */
  hear(address: string, signalDbm: number | undefined): void {
    this.#signals.set(address.toLowerCase(), signalDbm);
  }

  async plugIn(): Promise<void> {
    await this.#host.open();
  }

  /** It is gone, its links with it, and hosts find nothing at its path. */
  async unplug(): Promise<void> {
    await this.#host.close();
    this.#controller.close();
  }

  /** Neither answers nor tells anything any more, until `recover`; its links go on, and what it hears meanwhile is lost. */
  hang(): void {
    this.#isHung = true;
  }

  recover(): void {
    this.#isHung = false;
  }

  /** One packet to the host, whatever it holds. */
  tell(packet: Buffer): void {
    if (!this.#isHung) this.#host.send(packet);
  }

  async #arrived(): Promise<void> {
    this.#hosts++;
    this.#changes.happened();
    if (this.#controller.isConnected) return;
    this.#early = [];
    // A host that comes while the controller for the one before is made takes it over.
    this.#connecting ??= this.#connect();
    await this.#connecting;
    const early = this.#early ?? [];
    this.#early = undefined;
    if (!this.#host.isTaken) this.#controller.close();
    else for (const packet of early) this.#wrote(packet);
  }

  async #connect(): Promise<void> {
    try {
      await this.#controller.connect(this.#controllerPath);
    } catch {
      // btvirt is not there.
      this.#host.hangUp();
    } finally {
      this.#connecting = undefined;
    }
  }

  #left(): void {
    this.#early = undefined;
    if (!this.#keepsLinks) this.#controller.close();
    this.#changes.happened();
  }

  #lost(): void {
    this.#forget();
    this.#host.hangUp();
  }

  #forget(): void {
    this.#attempts.forget();
    this.#links.clear();
    this.#isScanning = false;
    this.#changes.happened();
  }

  #wrote(bytes: Buffer): void {
    if (this.#early !== undefined) {
      this.#early.push(bytes);
      return;
    }
    const packet = read(bytes);
    const isCommand = packet.type === 'command';
    if (isCommand) this.commands.push({ ...packet, atMs: performance.now() });
    if (!this.#isHung && !(isCommand && this.#answers(packet.opcode, packet.parameters)))
      this.#controller.fromHost(bytes);
    this.#changes.happened();
  }

  /** Whether the command is answered here and does not go on to btvirt. */
  #answers(opcode: number, parameters: Buffer): boolean {
    switch (opcode) {
      case OPCODE.setScanEnable:
        this.#isScanning = parameters[0] === 1;
        return false;
      case OPCODE.reset:
        this.#forget();
        return false;
      case OPCODE.createConnection:
        this.#attempts.begin(parameters);
        return true;
      case OPCODE.createConnectionCancel:
        this.#attempts.cancel();
        return true;
      case OPCODE.disconnect:
        // btvirt would tell of an end of handle 0.
        if (this.#links.has(parameters.readUInt16LE(0))) return false;
        this.tell(commandStatus(opcode, CODE.unknownConnection));
        return true;
      default:
        return false;
    }
  }

  #heard(packet: Packet, bytes: Buffer): void {
    switch (packet.type) {
      case 'advertisement': {
        const signalDbm = this.#signalOf(packet.address);
        if (signalDbm !== undefined) this.tell(withSignal(bytes, signalDbm));
        return;
      }
      case 'linked':
        if (!this.#attempts.ended(packet)) return;
        this.#links.set(packet.handle, packet.peer);
        break;
      case 'unlinked':
        if (!this.#links.delete(packet.handle)) return;
        break;
      default:
        break;
    }
    this.tell(bytes);
    this.#changes.happened();
  }

  #signalOf(address: string): number | undefined {
    return this.#signals.has(address) ? this.#signals.get(address) : USUAL_SIGNAL_DBM;
  }
}

/** An advertising report ends with its signal strength, for which btvirt puts 127: not available. */
function withSignal(report: Buffer, signalDbm: number): Buffer {
  const changed = Buffer.from(report);
  changed.writeInt8(signalDbm, changed.length - 1);
  return changed;
}
