/**
 * One link to one strap: carries out over noble what the link machine decides, and tells it what came of it.
 *
 * Invariants: each answer of noble's is an event and nothing waits for one; after the end nothing of the link listens
 * to noble any more.
 */
import { createHash } from 'node:crypto';
import { messageOf } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import { cleanText } from '../../profiles/device-information.ts';
import { HEART_RATE_MEASUREMENT, HEART_RATE_SERVICE } from '../../profiles/heart-rate.ts';
import type { Characteristic, ConnectionParameters, Peripheral, Service } from '../noble.ts';
import { DEVICE_INFORMATION_SERVICE, DetailReader, type DeviceDetails, readSerial } from './details.ts';
import { disconnectionReason, statusOf } from './hci-codes.ts';
import {
  beginLink,
  isConnecting,
  type LinkEffect,
  type LinkEnd,
  type LinkEvent,
  type LinkState,
  type LinkStep,
  stepLink,
} from './link-machine.ts';
import type { WorkerTiming } from './timing.ts';

/**
 * 100 to 200 ms between exchanges leaves a whole team room on the air at one reading a second; with noble's own
 * supervision timeout of 420 ms a link would be lost to every body that passes, hence 6 s.
 */
const CONNECTION: ConnectionParameters = { minInterval: 80, maxInterval: 160, timeout: 600 };

export interface LinkParts {
  readonly clock: Clock;
  readonly timing: WorkerTiming;
  /** Read the serial number first, and wait for `want`. */
  readonly identify: boolean;
  /** Called at each new phase, the first and the last too. */
  readonly onPhase: (state: LinkState) => void;
  /** A notification's bytes, from before the strap has confirmed the subscription. */
  readonly onValue: (value: Buffer) => void;
  readonly onDevice: (details: DeviceDetails & { readonly table: string }) => void;
  readonly onBattery: (percent: number) => void;
  /** noble is of no use any more. */
  readonly onGiveUp: (reason: string) => void;
}

export class Link {
  readonly id: string;
  readonly #peripheral: Peripheral;
  readonly #parts: LinkParts;
  readonly #over = new AbortController();
  #state: LinkState;
  #services: readonly Service[] = [];
  #table = '';
  #serial: string | undefined;
  #measurement: Characteristic | undefined;
  #timer: { readonly dueMs: number; readonly off: AbortController } | undefined;
  #isCancelling = false;
  /** Who waits for the adapter to be free for the next connect. */
  #onFree = () => {};

  constructor(peripheral: Peripheral, parts: LinkParts) {
    this.id = peripheral.id;
    this.#peripheral = peripheral;
    this.#parts = parts;
    this.#state = { phase: 'ended', end: { reason: 'it has not begun' } };
  }

  get phase(): LinkState['phase'] {
    return this.#state.phase;
  }

  /** As it was advertised. */
  get name(): string | undefined {
    const { localName } = this.#peripheral.advertisement;
    return localName === undefined ? undefined : cleanText(localName);
  }

  /** Once it has been read. */
  get serial(): string | undefined {
    return this.#serial;
  }

  /** Connects. Resolves when the adapter may connect to the next strap: with a link, or without. */
  begin(): Promise<void> {
    const { clock, timing, identify } = this.#parts;
    this.#peripheral.on('connect', this.#onConnect);
    this.#peripheral.on('disconnect', this.#onDisconnect);
    const free = new Promise<void>((resolve) => {
      this.#onFree = resolve;
    });
    this.#enter(beginLink({ identify }, clock.monotonicMs(), timing));
    return free;
  }

  /** The strap whose serial number was read is somebody's. */
  want(): void {
    this.#feed({ type: 'wanted' });
  }

  /** Ends the link in an orderly way, whatever it is at. */
  release(reason: string): void {
    this.#feed({ type: 'release', reason });
  }

  /** The radio is gone: the link is over without asking it for anything. */
  abandon(reason: string): void {
    if (this.#state.phase === 'ended') return;
    this.#enter({ state: { phase: 'ended', end: { reason } }, effects: [] });
  }

  #feed(event: LinkEvent): void {
    const { clock, timing } = this.#parts;
    this.#enter(stepLink(this.#state, event, clock.monotonicMs(), timing));
  }

  #enter({ state, effects }: LinkStep): void {
    const before = this.#state;
    this.#state = state;
    if (state.phase === 'ended') {
      if (before.phase !== 'ended') this.#close();
    } else this.#arm(state.deadlineMs);
    if (state.phase !== before.phase) this.#parts.onPhase(state);
    if (!isConnecting(state)) this.#onFree();
    for (const effect of effects) this.#execute(effect, before);
  }

  /** One timer at a time: a deadline that has moved is looked at when the timer fires, so that no reading sets one. */
  #arm(deadlineMs: number): void {
    if (this.#timer !== undefined && this.#timer.dueMs <= deadlineMs) return;
    const { clock } = this.#parts;
    this.#timer?.off.abort('another deadline');
    const timer = { dueMs: deadlineMs, off: new AbortController() };
    this.#timer = timer;
    void clock.sleep(deadlineMs - clock.monotonicMs(), timer.off.signal).then(() => {
      if (this.#timer !== timer || timer.off.signal.aborted || this.#state.phase === 'ended') return;
      this.#timer = undefined;
      if (clock.monotonicMs() >= this.#state.deadlineMs) this.#feed({ type: 'deadline' });
      else this.#arm(this.#state.deadlineMs);
    });
  }

  #execute(effect: LinkEffect, before: LinkState): void {
    switch (effect) {
      case 'connect':
        this.#try(() => this.#peripheral.connect(CONNECTION));
        return;
      case 'cancel-connect':
        this.#cancelConnect();
        return;
      case 'discover':
        this.#procedure(() => this.#discover(), { type: 'discovered' });
        return;
      case 'identify':
        this.#procedure(() => this.#identify(), { type: 'identified' });
        return;
      case 'subscribe':
        this.#procedure(() => this.#subscribe(), { type: 'subscribed' });
        return;
      case 'read-details':
        this.#readDetails();
        return;
      case 'disconnect':
        this.#try(() => this.#peripheral.disconnect());
        return;
      case 'give-up-noble':
        this.#parts.onGiveUp(
          before.phase === 'cancelling'
            ? 'the adapter does not end a connection attempt that was cancelled'
            : 'the adapter does not end a link',
        );
        return;
    }
  }

  #try(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#feed({ type: 'refused', end: { reason: messageOf(error) } });
    }
  }

  #procedure(act: () => Promise<void>, done: LinkEvent): void {
    act().then(
      () => this.#feed(done),
      (error: unknown) => this.#feed({ type: 'failed', reason: messageOf(error) }),
    );
  }

  #cancelConnect(): void {
    // noble announces the end at once by itself; what counts is the controller's answer after that.
    this.#isCancelling = true;
    this.#try(() => this.#peripheral.cancelConnect());
    this.#isCancelling = false;
  }

  async #discover(): Promise<void> {
    this.#peripheral.once('servicesDiscovered', (_: unknown, services: unknown) => {
      this.#table = fingerprint(services);
    });
    this.#services = await this.#peripheral.discoverServicesAsync([]);
    this.#table ||= fingerprint(this.#services.map(({ uuid }) => uuid));
  }

  async #identify(): Promise<void> {
    const serial = await readSerial(this.#service(DEVICE_INFORMATION_SERVICE));
    this.#tellDevice({ serial });
  }

  async #subscribe(): Promise<void> {
    const service = this.#service(HEART_RATE_SERVICE);
    const characteristics = await service.discoverCharacteristicsAsync([]);
    const measurement = characteristics.find(({ uuid }) => uuid === HEART_RATE_MEASUREMENT);
    if (measurement === undefined) throw new Error(`the strap has no characteristic 0x${HEART_RATE_MEASUREMENT}`);
    this.#measurement = measurement;
    measurement.on('data', (value: Buffer) => {
      this.#feed({ type: 'heard' });
      this.#parts.onValue(value);
    });
    await measurement.subscribeAsync();
  }

  #service(uuid: string): Service {
    const service = this.#services.find((each) => each.uuid === uuid);
    if (service === undefined) throw new Error(`the strap has no service 0x${uuid}`);
    return service;
  }

  #readDetails(): void {
    const { clock, timing, onBattery } = this.#parts;
    const reader = new DetailReader(this.#services, { clock, timing, signal: this.#over.signal });
    void reader.run({ onDevice: (details) => this.#tellDevice(details), onBattery });
  }

  #tellDevice(details: DeviceDetails): void {
    this.#serial = details.serial ?? this.#serial;
    this.#parts.onDevice({ ...details, table: this.#table });
  }

  readonly #onConnect = (error: unknown): void => {
    if (this.#isCancelling) return;
    if (error) this.#feed({ type: 'refused', end: connectionEnd(error) });
    else this.#feed({ type: 'connected' });
  };

  readonly #onDisconnect = (reason: unknown): void => {
    this.#feed({ type: 'disconnected', end: disconnectionEnd(reason) });
  };

  #close(): void {
    this.#timer?.off.abort('the link has ended');
    this.#over.abort('the link has ended');
    this.#measurement?.removeAllListeners();
    // What was never answered still waits there, and would take the answer to the next link's questions.
    for (const service of this.#services) service.removeAllListeners();
    this.#peripheral.removeAllListeners();
  }
}

function connectionEnd(error: unknown): LinkEnd {
  const reason = messageOf(error);
  const code = statusOf(reason);
  return code === undefined ? { reason } : { reason: disconnectionReason(code) ?? reason, code };
}

function disconnectionEnd(reason: unknown): LinkEnd {
  const code = Number(reason);
  if (!Number.isInteger(code) || code < 0 || code > 0xff) return { reason: 'the link ended' };
  return { reason: disconnectionReason(code) ?? `HCI reason 0x${code.toString(16).padStart(2, '0')}`, code };
}

/** Of a strap's table of services with their handles: the same strap has the same one at every link. */
function fingerprint(services: unknown): string {
  return createHash('sha256').update(JSON.stringify(services)).digest('hex').slice(0, 16);
}
