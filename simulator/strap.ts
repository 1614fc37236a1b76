/**
 * One simulated strap: what it would send and to whom. Each notification goes out at the instant of its
 * measurement; what is measured while nobody is subscribed, or out of range, is gone, as with a real one.
 */
import { encodeHeartRate, HEART_RATE_MEASUREMENT, HEART_RATE_SERVICE } from '../device/profiles/heart-rate.ts';
import type { RecordedMeasurement } from '../src/domain/recording/recording.ts';
import type { StrapId } from '../src/domain/sample.ts';
import type { SimulatedClock } from './clock.ts';

/** The requests that a strap can be told to leave unanswered. */
export type StrapRequest = 'connect' | 'disconnect' | 'discovery' | 'read' | 'subscribe';

export interface StrapOptions {
  readonly clock: SimulatedClock;
  readonly id: StrapId;
  readonly name: string;
  readonly serial: string;
  /** In ascending time; may be endless. */
  readonly measurements: Iterable<RecordedMeasurement>;
}

/** What holds the other end of the link. */
export interface LinkEnd {
  notification(value: Buffer): void;
  /** The link ended from the strap's side, with the reason as in HCI's Disconnection Complete. */
  lost(reason: number): void;
}

/** As asked for with the connection, and what HCI calls it when it has passed. */
const SUPERVISION_TIMEOUT_MS = 6_000;
const CONNECTION_TIMEOUT = 0x08;

/**
 * A strap with nothing to send for longer than this is off the chest, and asleep: it advertises no more. It wakes that
 * long before it sends, for whoever looks for it to be subscribed by then.
 */
const AWAKE_BEFORE_MS = 10_000;

const CHEST = 1;
const BATTERY_PERCENT = 87;

/** Services and their characteristics, with the properties that noble reports. */
export const GATT: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  [HEART_RATE_SERVICE]: { [HEART_RATE_MEASUREMENT]: ['notify'], '2a38': ['read'] },
  '180f': { '2a19': ['read', 'notify'] },
  '180a': { '2a25': ['read'], '2a29': ['read'] },
};

export class SimulatedStrap {
  readonly id: StrapId;
  readonly name: string;
  readonly serial: string;
  /** Requests in this set get no answer, as when the radio ate it. */
  readonly ignores = new Set<StrapRequest>();
  readonly #clock: SimulatedClock;
  readonly #measurements: Iterator<RecordedMeasurement>;
  #next: RecordedMeasurement | undefined;
  #links = 0;
  #link: LinkEnd | undefined;
  #subscribed = false;
  #inRange = true;
  #worn = true;
  #cancelSending = () => {};
  #cancelSupervision = () => {};

  constructor({ clock, id, name, serial, measurements }: StrapOptions) {
    this.#clock = clock;
    this.id = id;
    this.name = name;
    this.serial = serial;
    this.#measurements = measurements[Symbol.iterator]();
  }

  get inRange(): boolean {
    return this.#inRange;
  }

  get linked(): boolean {
    return this.#link !== undefined;
  }

  /** How many links there have been: tells one from the next. */
  get links(): number {
    return this.#links;
  }

  get subscribed(): boolean {
    return this.#subscribed;
  }

  /** Straps advertise while they are awake, until someone connects. */
  get connectable(): boolean {
    return this.#inRange && this.#link === undefined && this.#isAwake();
  }

  link(end: LinkEnd): void {
    this.#link = end;
    this.#links++;
  }

  /** The other side ended the link. */
  unlink(): void {
    this.#link = undefined;
    this.unsubscribe();
  }

  subscribe(): void {
    if (this.#subscribed) return;
    this.#subscribed = true;
    this.#dropMissed();
    this.#sendNext();
  }

  unsubscribe(): void {
    this.#subscribed = false;
    this.#cancelSending();
  }

  /** Sends these bytes as a notification, whatever they mean, if anyone would hear it. */
  send(value: Uint8Array): void {
    if (this.#subscribed && this.#inRange) this.#link?.notification(Buffer.from(value));
  }

  /** Walks out of range: silent at once, and the link is lost when the supervision timeout has passed. */
  leave(): void {
    if (!this.#inRange) return;
    this.#inRange = false;
    this.#cancelSupervision = this.#clock.at(this.#clock.monotonicMs() + SUPERVISION_TIMEOUT_MS, () => {
      this.drop(CONNECTION_TIMEOUT);
    });
  }

  /** Back in range; a link that still stands goes on. */
  comeBack(): void {
    this.#inRange = true;
    this.#cancelSupervision();
  }

  /** The strap ends the link, for a reason as in HCI's Disconnection Complete. */
  drop(reason: number): void {
    const link = this.#link;
    this.unlink();
    link?.lost(reason);
  }

  /** Off the skin it sends 0 bpm and says so. */
  setWorn(worn: boolean): void {
    this.#worn = worn;
  }

  read(characteristic: string): Buffer {
    switch (characteristic) {
      case '2a38':
        return Buffer.of(CHEST);
      case '2a19':
        return Buffer.of(BATTERY_PERCENT);
      case '2a25':
        return Buffer.from(this.serial);
      case '2a29':
        return Buffer.from('Sideline Simulator');
      default:
        // What noble makes of an ATT error.
        return Buffer.alloc(0);
    }
  }

  #isAwake(): boolean {
    this.#dropMissed();
    return this.#peekDueMs() <= this.#clock.monotonicMs() + AWAKE_BEFORE_MS;
  }

  /** What was measured while nobody was subscribed is gone. */
  #dropMissed(): void {
    const nowMs = this.#clock.monotonicMs();
    while (this.#peekDueMs() <= nowMs) this.#next = undefined;
  }

  #sendNext(): void {
    const dueMs = this.#peekDueMs();
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#cancelSending = this.#clock.at(dueMs, () => {
      // All that are due at this instant go out in one go, as after a moment of bad reception.
      while (this.#subscribed && this.#peekDueMs() === dueMs) {
        const measurement = this.#next;
        this.#next = undefined;
        if (measurement !== undefined) this.send(this.#encode(measurement));
      }
      if (this.#subscribed) this.#sendNext();
    });
  }

  /** The monotonic time of the next measurement; infinity when there are no more. */
  #peekDueMs(): number {
    this.#next ??= this.#measurements.next().value as RecordedMeasurement | undefined;
    return this.#next === undefined ? Number.POSITIVE_INFINITY : this.#next.timeMs - this.#clock.startWallMs;
  }

  #encode({ bpm, rrMs }: RecordedMeasurement): Uint8Array {
    return this.#worn
      ? encodeHeartRate({ bpm, contact: 'detected', energyKj: null, rrMs })
      : encodeHeartRate({ bpm: 0, contact: 'lost', energyKj: null, rrMs: [] });
  }
}
