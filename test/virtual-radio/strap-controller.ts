/**
 * A strap's radio: it stands between the strap's program (bleno) and its controller in btvirt, and gives the strap what
 * btvirt alone does not: advertising that goes on, an address of its own, links that end when a side is out of range or
 * gone, silence at a chosen stage, and exact counts.
 *
 * It lives in the test's process, so that the strap's program can be killed: whoever is killed is not heard any more.
 */
import { type Stage, stageOf } from './attribute-stage.ts';
import { ATT, addressAt, CODE, commandComplete, completedPacket, disconnectionComplete, OPCODE, u16 } from './h4.ts';
import { HostPort } from './host-port.ts';
import { LinkSupervision } from './link-supervision.ts';
import { type Linked, type Packet, read } from './packet.ts';
import { SentNotifications } from './sent-notifications.ts';
import { SharedController } from './shared-controller.ts';
import { StrapAdvertising } from './strap-advertising.ts';

export interface StrapControllerOptions {
  /** Where the strap's program finds its controller. */
  readonly hostPath: string;
  /** btvirt's socket. */
  readonly controllerPath: string;
  /** A random address; without it the controller's own is used, which depends on who came first. */
  readonly address: string | undefined;
  readonly advertisingIntervalMs: number;
  readonly supervisionTimeoutMs: number;
  /** Something that a test may wait for has happened. */
  readonly changed: () => void;
}

/** From which request on nothing is answered, and whether the strap is out of range from then on. */
export interface Silence {
  readonly from: Stage;
  readonly vanishes: boolean;
}

type Unlinked = Packet & { readonly type: 'unlinked' };
type Data = Packet & { readonly type: 'data' };

export class StrapController {
  readonly #options: StrapControllerOptions;
  readonly #host: HostPort;
  readonly #controller: SharedController;
  readonly #supervision: LinkSupervision;
  readonly advertising: StrapAdvertising;
  #publicAddress = '';
  #link: Linked | undefined;
  /** The program does not learn of a link that vanished while it was made. */
  #isLinkHidden = false;
  #silence: Silence | undefined;
  #isSilent = false;

  readonly sent = new SentNotifications();

  constructor(options: StrapControllerOptions) {
    this.#options = options;
    this.#host = new HostPort(options.hostPath, {
      arrived: () => {},
      wrote: (packet) => this.#wrote(packet),
      left: () => this.#programGone(),
    });
    this.#controller = new SharedController({
      toHost: (packet) => this.#host.send(packet),
      heard: (packet, bytes) => this.#heard(packet, bytes),
      lost: () => this.#controllerLost(),
    });
    this.#supervision = new LinkSupervision(this.#controller, {
      longestMs: options.supervisionTimeoutMs,
      ended: (handle) => this.#ended(handle),
    });
    this.advertising = new StrapAdvertising(this.#controller, {
      address: options.address,
      intervalMs: options.advertisingIntervalMs,
      changed: options.changed,
    });
  }

  get address(): string {
    return this.advertising.address ?? this.#publicAddress;
  }

  get link(): Linked | undefined {
    return this.#link;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  async open(): Promise<void> {
    await this.#host.open();
    await this.connect();
  }

  /** Takes a controller, at first and whenever btvirt has been started anew. */
  async connect(): Promise<void> {
    await this.#controller.connect(this.#options.controllerPath);
    const answer = await this.#controller.ask(OPCODE.readAddress);
    if (answer === undefined) throw new Error('btvirt has no place for another controller; it has 16');
    this.#publicAddress = addressAt(answer.result, 0);
    this.advertising.renew();
  }

  async close(): Promise<void> {
    this.#supervision.end();
    this.advertising.forget();
    this.#controller.close();
    await this.#host.close();
  }

  silenceFrom(silence: Silence | undefined): void {
    this.#silence = silence;
    if (silence === undefined) this.#isSilent = false;
  }

  /** Out of range: not heard any more, and a link ends when its supervision timeout has passed. */
  vanish(): void {
    this.#isSilent = true;
    this.advertising.allow(false);
    this.#supervision.peerIsGone();
    this.#options.changed();
  }

  /** In range again; a link whose time has not run out goes on. */
  comeBack(): void {
    this.silenceFrom(undefined);
    this.#supervision.peerIsBack();
    this.advertising.allow(true);
  }

  disconnect(reason: number): void {
    if (this.#link !== undefined) void this.#controller.ask(OPCODE.disconnect, [...u16(this.#link.handle), reason]);
  }

  /** One L2CAP frame to the central, whatever it holds. */
  sendRaw(channel: number, payload: Buffer): void {
    if (this.#link === undefined) throw new Error('the strap has no link');
    this.#controller.inject(this.#link.handle, channel, payload);
  }

  /** The controller loses its power. The central is not told, now or later. */
  cutPower(): void {
    this.#controller.close();
  }

  #wrote(bytes: Buffer): void {
    const packet = read(bytes);
    if (packet.type === 'data') this.#send(packet, bytes);
    else if (packet.type === 'command' && this.advertising.obey(packet.opcode, packet.parameters))
      this.#host.send(commandComplete(packet.opcode, 0));
    else this.#controller.fromHost(bytes);
  }

  #send(packet: Data, bytes: Buffer): void {
    if (this.#isSilent) {
      // The program is to be able to go on when the strap comes back.
      this.#host.send(completedPacket(packet.handle));
      return;
    }
    const passed = packet.channel === ATT ? this.sent.give(packet.payload) : undefined;
    this.#controller.fromHost(bytes, () => {
      passed?.();
      this.#options.changed();
    });
  }

  #heard(packet: Packet, bytes: Buffer): void {
    switch (packet.type) {
      case 'linked':
        this.#linked(packet, bytes);
        break;
      case 'unlinked':
        this.#unlinked(packet, bytes);
        break;
      case 'data':
        this.#listen(packet);
        if (!this.#isSilent) this.#host.send(bytes);
        break;
      default:
        this.#host.send(bytes);
    }
  }

  #linked(link: Linked, bytes: Buffer): void {
    this.#link = link;
    this.advertising.linked(true);
    this.#supervision.begin(link);
    if (this.#silence?.from === 'connecting') this.#fallSilent(this.#silence);
    this.#isLinkHidden = this.#isSilent;
    if (!this.#isLinkHidden) this.#host.send(bytes);
    this.#options.changed();
  }

  #listen(packet: Data): void {
    const stage = packet.channel === ATT ? stageOf(packet.payload) : undefined;
    if (!this.#isSilent && stage !== undefined && stage === this.#silence?.from) this.#fallSilent(this.#silence);
  }

  #fallSilent(silence: Silence): void {
    this.#isSilent = true;
    if (silence.vanishes) {
      this.#silence = undefined;
      if (silence.from === 'connecting') this.#supervision.peerNeverCame();
      this.vanish();
    }
    this.#options.changed();
  }

  #unlinked(packet: Unlinked, bytes: Buffer): void {
    if (packet.status === 0 && packet.handle === this.#link?.handle) this.#forgetLink();
    if (!this.#isLinkHidden) this.#host.send(bytes);
  }

  #forgetLink(): void {
    this.#supervision.end();
    this.#link = undefined;
    // Who ignores requests ignores them on the next link from the same stage on.
    if (this.#silence !== undefined) this.#isSilent = false;
    this.advertising.linked(false);
    this.#options.changed();
  }

  /** Of a link that the controller has forgotten, the program is told here. */
  #ended(handle: number): void {
    this.#forgetLink();
    if (!this.#isLinkHidden) this.#host.send(disconnectionComplete(handle, CODE.connectionTimeout));
  }

  #programGone(): void {
    this.advertising.forget();
    this.vanish();
  }

  #controllerLost(): void {
    this.advertising.renew();
    this.#supervision.forgotten();
    this.#options.changed();
  }
}
