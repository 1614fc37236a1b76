/**
 * A heart-rate strap as a test handles it: a real peripheral program behind a radio that the test rules. `VirtualRadio`
 * makes them.
 */
import { Changes } from '../fixtures/changes.ts';
import { type Advertised, advertisement, scanResponse } from './advertisement.ts';
import type { Stage } from './attribute-stage.ts';
import { ATT, CODE } from './h4.ts';
import type { Heart } from './numbered-heart.ts';
import { StrapController } from './strap-controller.ts';
import { StrapHost } from './strap-host.ts';
import type { FromStrap } from './strap-messages.ts';
import { programSettings, type StrapOptions } from './strap-options.ts';

export type { StrapOptions } from './strap-options.ts';

export interface VirtualStrapPlace {
  readonly number: number;
  /** Of the socket between the strap's program and its controller. */
  readonly hostPath: string;
  /** btvirt's socket. */
  readonly controllerPath: string;
}

const ADVERTISING_INTERVAL_MS = 200;

export class VirtualStrap {
  readonly name: string;
  readonly #options: StrapOptions;
  readonly #place: VirtualStrapPlace;
  readonly #controller: StrapController;
  readonly #changes = new Changes();
  #advertised: Advertised;
  #host: StrapHost | undefined;
  #isSubscribed = false;
  #failure: string | undefined;

  constructor(options: StrapOptions, place: VirtualStrapPlace) {
    this.name = options.name;
    this.#options = options;
    this.#advertised = options;
    this.#place = place;
    this.#controller = new StrapController({
      hostPath: place.hostPath,
      controllerPath: place.controllerPath,
      address: options.address,
      advertisingIntervalMs: options.advertisingIntervalMs ?? ADVERTISING_INTERVAL_MS,
      supervisionTimeoutMs: options.supervisionTimeoutMs ?? Number.POSITIVE_INFINITY,
      changed: () => this.#changes.happened(),
    });
  }

  get address(): string {
    return this.#controller.address;
  }

  get addressType(): 'public' | 'random' {
    return this.#controller.advertising.address === undefined ? 'public' : 'random';
  }

  get isAdvertising(): boolean {
    return this.#controller.advertising.isOn;
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed && this.#controller.link !== undefined;
  }

  /** It does not answer: out of range, or told to ignore requests and asked. */
  get isSilent(): boolean {
    return this.#controller.isSilent;
  }

  /** The link with the parameters that the central has asked for. */
  get link(): { intervalMs: number; latency: number; supervisionTimeoutMs: number; peer: string } | undefined {
    return this.#controller.link;
  }

  /** Notifications given to the controller, and those of them that it has passed on to the central's. */
  get counts(): { readonly sent: number; readonly confirmed: number } {
    return this.#controller.sent.counts;
  }

  /** The numbers of the measurements in them, in their order. */
  get numbers(): { readonly sent: readonly number[]; readonly confirmed: readonly number[] } {
    return this.#controller.sent.numbers;
  }

  /** Resolves when something about this strap has become so; rejects in the end, naming what it waited for. */
  async until(holds: (strap: this) => boolean, what: string): Promise<void> {
    await this.#changes.until(() => holds(this), `${this.name} ${what}`);
  }

  /** Takes a controller, and the process in which its program is to run; nothing runs yet. */
  async open(host: StrapHost): Promise<void> {
    this.#host = host;
    await this.#controller.open();
  }

  /** Resolves when its program has begun to advertise. After `kill` that is a new one in a process of its own. */
  async start(): Promise<void> {
    const host = this.#host?.isRunning === true ? this.#host : StrapHost.start();
    this.#host = host;
    this.#failure = undefined;
    this.#controller.comeBack();
    host.listen(this.#place.number, {
      said: (message) => this.#said(message),
      ended: () => this.#fail('its process has ended'),
    });
    const settings = programSettings(this.#options, this.#advertised, this.#place);
    host.send({ strap: this.#place.number, type: 'run', settings });
    await this.until(() => this.isAdvertising || this.#failure !== undefined, 'advertises');
    if (this.#failure !== undefined) throw new Error(`${this.name}: ${this.#failure}`);
  }

  /** Ends its process, as a flat battery would, and with it every strap that runs in the same one. */
  async kill(): Promise<void> {
    await this.#host?.kill();
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.#controller.close();
  }

  /** From 1 Hz to as fast as the machine allows; 0 ends it. */
  notifyAt(hz: number): void {
    this.#host?.send({ strap: this.#place.number, type: 'rate', hz });
  }

  beat(heart: Heart): void {
    this.#host?.send({ strap: this.#place.number, type: 'heart', heart });
  }

  setBattery(percent: number): void {
    this.#host?.send({ strap: this.#place.number, type: 'battery', percent });
  }

  /** One notification with this value of 0x2A37, whatever it holds. */
  notify(value: Buffer): void {
    this.#host?.send({ strap: this.#place.number, type: 'value', hex: value.toString('hex') });
  }

  /** Bytes of the Attribute Protocol, or of another channel, to the central: malformed ones, too, such as `1b` alone. */
  sendRaw(bytes: Buffer, channel = ATT): void {
    this.#controller.sendRaw(channel, bytes);
  }

  startAdvertising(): void {
    this.#controller.advertising.allow(true);
  }

  stopAdvertising(): void {
    this.#controller.advertising.allow(false);
  }

  /** Changes what is given and leaves the rest: a broadcast's next reading, another name. */
  advertise(advertised: Advertised): void {
    this.#advertised = { ...this.#advertised, ...advertised };
    this.#controller.advertising.change(advertisement(this.#advertised), scanResponse(this.#advertised));
  }

  /** As phones and watches do every quarter of an hour. */
  changeAddress(address: string): void {
    this.#controller.advertising.changeAddress(address);
  }

  /** Holds its links and answers nothing any more, on this link and the next ones, once they come to this stage. */
  ignoreFrom(stage: Stage): void {
    this.#controller.silenceFrom({ from: stage, vanishes: false });
  }

  /** Ends `ignoreFrom`. Requests that were ignored stay unanswered. */
  answerAgain(): void {
    this.#controller.silenceFrom(undefined);
  }

  /** Is out of range from the next time that a central comes to this stage, until `comeBack`. */
  vanishAt(stage: Stage): void {
    this.#controller.silenceFrom({ from: stage, vanishes: true });
  }

  /** Is out of range at once: not heard, and the link ends by supervision timeout (0x08) on both sides. */
  vanish(): void {
    this.#controller.vanish();
  }

  /** In range again; a link whose time has not run out goes on. */
  comeBack(): void {
    this.#controller.comeBack();
  }

  /** Ends the link as the strap's own wish; the central sees `reason`. */
  disconnect(reason: number = CODE.remoteUserTerminated): void {
    this.#controller.disconnect(reason);
  }

  /** Its controller is gone and the central learns nothing of it, now or later: what btvirt alone does. */
  cutPower(): void {
    this.#controller.cutPower();
  }

  /** A new controller, after `cutPower` or after btvirt has been started anew. */
  async restorePower(): Promise<void> {
    await this.#controller.connect();
  }

  #said(message: FromStrap): void {
    if (message.type === 'failed') this.#fail(message.reason);
    else this.#isSubscribed = message.subscribed;
    this.#changes.happened();
  }

  #fail(reason: string): void {
    this.#failure = reason;
    this.#isSubscribed = false;
    this.#changes.happened();
  }
}
