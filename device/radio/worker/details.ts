/**
 * What a strap tells of itself beside the heart rate: battery, device information, where it is worn. Read over a link
 * that is subscribed already, one after the other, since all of a link's GATT requests stand in one line.
 *
 * A strap that leaves one of these questions unanswered is asked no more over this link: the line is blocked for good,
 * and the readings, which need no request, go on.
 */
import type { Clock } from '../../../src/ports.ts';
import { BATTERY_LEVEL, BATTERY_SERVICE, decodeBatteryLevel } from '../../profiles/battery.ts';
import {
  BODY_SENSOR_LOCATION,
  DEVICE_INFORMATION_SERVICE,
  decodeDeviceText,
  decodeSensorLocation,
  FIRMWARE_REVISION,
  MANUFACTURER_NAME,
  MODEL_NUMBER,
  SERIAL_NUMBER,
} from '../../profiles/device-information.ts';
import { HEART_RATE_SERVICE } from '../../profiles/heart-rate.ts';
import type { Characteristic, Service } from '../noble.ts';
import type { WorkerTiming } from './timing.ts';
import { within } from './waiting.ts';

export { DEVICE_INFORMATION_SERVICE };

export interface DeviceDetails {
  readonly serial?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly sensorLocation?: string;
}

export interface DetailListener {
  onDevice(details: DeviceDetails): void;
  /** 0 to 100. */
  onBattery(percent: number): void;
}

interface DetailParts {
  readonly clock: Clock;
  readonly timing: Pick<WorkerTiming, 'gattMs' | 'batteryMs'>;
  /** Aborts when the link has ended. */
  readonly signal: AbortSignal;
}

export class DetailReader {
  readonly #services: readonly Service[];
  readonly #parts: DetailParts;

  constructor(services: readonly Service[], parts: DetailParts) {
    this.#services = services;
    this.#parts = parts;
  }

  /** Resolves when the link has ended, or the strap does not answer any more. Never rejects. */
  async run({ onDevice, onBattery }: DetailListener): Promise<void> {
    const { clock, timing, signal } = this.#parts;
    try {
      const battery = await this.#characteristicsOf(BATTERY_SERVICE);
      await this.#readBattery(battery, onBattery);
      onDevice(await this.#readDevice());
      while (!signal.aborted && battery.has(BATTERY_LEVEL)) {
        await clock.sleep(timing.batteryMs, signal);
        if (!signal.aborted) await this.#readBattery(battery, onBattery);
      }
    } catch {
      // It took too long or the link has ended, which is told elsewhere.
    }
  }

  async #readDevice(): Promise<DeviceDetails> {
    const information = await this.#characteristicsOf(DEVICE_INFORMATION_SERVICE);
    const heartRate = await this.#characteristicsOf(HEART_RATE_SERVICE);
    const text = async (uuid: string) => decodeDeviceText(await this.#read(information.get(uuid)));
    const details = {
      serial: await text(SERIAL_NUMBER),
      manufacturer: await text(MANUFACTURER_NAME),
      model: await text(MODEL_NUMBER),
      firmware: await text(FIRMWARE_REVISION),
      sensorLocation: decodeSensorLocation(await this.#read(heartRate.get(BODY_SENSOR_LOCATION))),
    };
    return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  }

  async #readBattery(characteristics: ReadonlyMap<string, Characteristic>, onBattery: (percent: number) => void) {
    const percent = decodeBatteryLevel(await this.#read(characteristics.get(BATTERY_LEVEL)));
    if (percent !== undefined) onBattery(percent);
  }

  async #characteristicsOf(uuid: string): Promise<ReadonlyMap<string, Characteristic>> {
    const service = this.#services.find((each) => each.uuid === uuid);
    if (service === undefined) return new Map();
    // Discovered anew, the characteristics would be other objects than those that are listened to.
    const known = service.characteristics;
    const characteristics =
      known !== null && known.length > 0 ? known : await this.#step(() => service.discoverCharacteristicsAsync([]));
    return new Map(characteristics.map((characteristic) => [characteristic.uuid, characteristic]));
  }

  /** No bytes are what noble makes of an ATT error, and of a characteristic that is not there likewise. */
  async #read(characteristic: Characteristic | undefined): Promise<Uint8Array> {
    return characteristic === undefined ? new Uint8Array() : await this.#step(() => characteristic.readAsync());
  }

  #step<T>(begin: () => Promise<T>): Promise<T> {
    const { clock, timing, signal } = this.#parts;
    return within('reading', begin, { clock, ms: timing.gattMs, signal });
  }
}

/** @throws Error when the strap does not tell it */
export async function readSerial(information: Service): Promise<string> {
  const characteristics = await information.discoverCharacteristicsAsync([]);
  const characteristic = characteristics.find(({ uuid }) => uuid === SERIAL_NUMBER);
  const serial = characteristic === undefined ? undefined : decodeDeviceText(await characteristic.readAsync());
  if (serial === undefined) throw new Error('the strap does not tell its serial number');
  return serial;
}
