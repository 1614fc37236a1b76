/**
 * A simulated radio: the bindings that noble drives, with the straps of a world behind them. It emits what
 * noble's own HCI bindings emit, and leaves undone what they leave undone: a connection to a strap that is
 * not there never settles, a request on a lost link is never answered, and when the adapter goes down no
 * link reports its end.
 */
import { EventEmitter } from 'node:events';
import { HEART_RATE_SERVICE } from '../device/profiles/heart-rate.ts';
import type { SimulatedClock } from './clock.ts';
import type { Random } from './random.ts';
import { GATT, type SimulatedStrap, type StrapRequest } from './strap.ts';

/** Ranges in ms that an action takes, drawn each time. */
const INIT_MS = [5, 20] as const;
const COMMAND_MS = [1, 4] as const;
const ADVERTISING_MS = [100, 200] as const;
const ATT_MS = [30, 150] as const;
const TERMINATE_MS = [30, 150] as const;

/** HCI error codes (Bluetooth Core Specification, volume 1 part F). */
const UNKNOWN_CONNECTION = 0x02;
const CONNECTION_EXISTS = 0x0b;
const COMMAND_DISALLOWED = 0x0c;
const TERMINATED_BY_LOCAL_HOST = 0x16;

/** Units as in HCI: intervals of 1.25 ms, timeout of 10 ms. */
interface AskedParameters {
  readonly minInterval?: number;
  readonly maxInterval?: number;
  readonly timeout?: number;
}

export class SimulatedBindings extends EventEmitter {
  readonly #clock: SimulatedClock;
  readonly #random: Random;
  readonly #straps: ReadonlyMap<string, SimulatedStrap>;
  #power: 'poweredOn' | 'poweredOff' = 'poweredOn';
  /** What was begun before the last loss of power comes to nothing. */
  #generation = 0;
  /** What was begun before the scan was last started or stopped likewise. */
  #scan = 0;
  #scanning = false;
  #scans = 0;
  #connecting: SimulatedStrap | undefined;
  readonly #asked = new Map<string, AskedParameters | undefined>();

  constructor(straps: readonly SimulatedStrap[], { clock, random }: { clock: SimulatedClock; random: Random }) {
    super();
    this.#clock = clock;
    this.#random = random;
    this.#straps = new Map(straps.map((strap) => [strap.id, strap]));
  }

  get scanning(): boolean {
    return this.#scanning;
  }

  /** How often a scan has been asked for. */
  get scans(): number {
    return this.#scans;
  }

  /** What the last connection to this strap was asked for with. */
  askedOf(id: string): AskedParameters | undefined {
    return this.#asked.get(id);
  }

  init(): void {
    this.#after(INIT_MS, () => this.emit('stateChange', this.#power));
  }

  /** The adapter goes down or is unplugged. */
  powerOff(): void {
    this.reset();
    this.#power = 'poweredOff';
    this.emit('stateChange', 'poweredOff');
  }

  powerOn(): void {
    this.#power = 'poweredOn';
    this.emit('stateChange', 'poweredOn');
  }

  /** Ends everything and reports none of it, as a controller does. */
  reset(): void {
    this.#generation++;
    this.#scan++;
    this.#scanning = false;
    this.#connecting = undefined;
    for (const strap of this.#straps.values()) strap.unlink();
  }

  setScanParameters(): void {
    this.#after(COMMAND_MS, () => this.emit('scanParametersSet'));
  }

  startScanning(serviceUuids: readonly string[] = [], allowDuplicates = false): void {
    this.#scans++;
    const scan = ++this.#scan;
    this.#after(COMMAND_MS, () => {
      if (scan !== this.#scan) return;
      this.#scanning = true;
      this.emit('scanStart', !allowDuplicates);
      if (serviceUuids.length > 0 && !serviceUuids.includes(HEART_RATE_SERVICE)) return;
      for (const strap of this.#straps.values()) this.#advertise(strap, scan, allowDuplicates);
    });
  }

  stopScanning(): void {
    this.#scan++;
    this.#after(COMMAND_MS, () => {
      this.#scanning = false;
      this.emit('scanStop');
    });
  }

  /** Somebody else ends the scan, as bluetoothd does, or a controller that was reset, of which nothing is heard. */
  interruptScan({ announced }: { readonly announced: boolean }): void {
    if (!this.#scanning) return;
    this.#scan++;
    this.#scanning = false;
    if (announced) this.emit('scanStop');
  }

  connect(id: string, parameters?: AskedParameters): void {
    const strap = this.#straps.get(id);
    if (strap === undefined) throw new Error(`no strap ${id} has been discovered`);
    this.#asked.set(id, parameters);
    const refusal = this.#refusalOf(strap);
    if (refusal !== undefined) {
      this.#after(COMMAND_MS, () => this.emit('connect', id, hciError(refusal)));
      return;
    }
    this.#connecting = strap;
    this.#attempt(strap);
  }

  cancelConnect(id: string): void {
    if (this.#connecting?.id !== id) return;
    this.#connecting = undefined;
    this.#after(COMMAND_MS, () => this.emit('connect', id, hciError(UNKNOWN_CONNECTION)));
  }

  disconnect(id: string): void {
    this.#answer(id, 'disconnect', TERMINATE_MS, (strap) => {
      strap.unlink();
      this.emit('disconnect', id, TERMINATED_BY_LOCAL_HOST);
    });
  }

  updateRssi(id: string): void {
    this.#answer(id, 'read', COMMAND_MS, () => this.emit('rssiUpdate', id, this.#rssi()));
  }

  discoverServices(id: string, uuids: readonly string[] = []): void {
    this.#answer(id, 'discovery', ATT_MS, () => this.emit('servicesDiscover', id, asked(Object.keys(GATT), uuids)));
  }

  discoverCharacteristics(id: string, service: string, uuids: readonly string[] = []): void {
    this.#answer(id, 'discovery', ATT_MS, () => {
      const characteristics = GATT[service] ?? {};
      const found = asked(Object.keys(characteristics), uuids);
      const described = found.map((uuid) => ({ uuid, properties: characteristics[uuid] }));
      this.emit('characteristicsDiscover', id, service, described);
    });
  }

  read(id: string, service: string, characteristic: string): void {
    this.#answer(id, 'read', ATT_MS, (strap) => {
      this.emit('read', id, service, characteristic, strap.read(characteristic), false);
    });
  }

  notify(id: string, service: string, characteristic: string, on: boolean): void {
    this.#answer(id, 'subscribe', ATT_MS, (strap) => {
      this.emit('notify', id, service, characteristic, on);
      if (on) strap.subscribe();
      else strap.unsubscribe();
    });
  }

  #refusalOf(strap: SimulatedStrap): number | undefined {
    if (this.#scanning || this.#connecting !== undefined) return COMMAND_DISALLOWED;
    return strap.linked ? CONNECTION_EXISTS : undefined;
  }

  /** A connection is made at one of the strap's advertisements; without any it is waited for without end. */
  #attempt(strap: SimulatedStrap): void {
    this.#after(ADVERTISING_MS, () => {
      if (this.#connecting !== strap) return;
      if (!strap.connectable || strap.ignores.has('connect')) return this.#attempt(strap);
      this.#connecting = undefined;
      strap.link({
        notification: (value) => this.emit('read', strap.id, '180d', '2a37', value, true),
        lost: (reason) => this.emit('disconnect', strap.id, reason),
      });
      this.emit('connect', strap.id, null);
    });
  }

  #advertise(strap: SimulatedStrap, scan: number, again: boolean): void {
    this.#after(ADVERTISING_MS, () => {
      if (scan !== this.#scan) return;
      if (strap.connectable) {
        this.emit(
          'discover',
          strap.id,
          addressOf(strap.id),
          'public',
          true,
          advertisementOf(strap),
          this.#rssi(),
          true,
        );
        if (!again) return;
      }
      this.#advertise(strap, scan, again);
    });
  }

  /** Does what was asked of a linked strap; not, without a word, if the link has ended by then. */
  #answer(
    id: string,
    request: StrapRequest,
    range: readonly [number, number],
    act: (strap: SimulatedStrap) => void,
  ): void {
    const strap = this.#straps.get(id);
    if (strap === undefined || !strap.linked || strap.ignores.has(request)) return;
    const link = strap.links;
    this.#after(range, () => {
      if (strap.linked && strap.links === link && strap.inRange) act(strap);
    });
  }

  #after([minMs, maxMs]: readonly [number, number], act: () => void): void {
    const generation = this.#generation;
    this.#clock.at(this.#clock.monotonicMs() + this.#random.between(minMs, maxMs), () => {
      if (generation === this.#generation) act();
    });
  }

  #rssi(): number {
    return Math.round(this.#random.between(-85, -45));
  }
}

function asked(all: readonly string[], wanted: readonly string[]): string[] {
  return all.filter((uuid) => wanted.length === 0 || wanted.includes(uuid));
}

function addressOf(id: string): string {
  return id.replace(/..(?=.)/g, '$&:');
}

function advertisementOf({ name }: SimulatedStrap) {
  return { localName: name, serviceUuids: [HEART_RATE_SERVICE], serviceData: [], solicitationServiceUuids: [] };
}

function hciError(code: number): Error {
  return new Error(`HCI error 0x${code.toString(16).padStart(2, '0')}`);
}
