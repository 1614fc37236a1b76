/** What a strap is, as a test says it; everything but the name can be left out. */
import { type Advertised, advertisement, scanResponse } from './advertisement.ts';
import type { Heart } from './numbered-heart.ts';
import type { StrapProgramSettings } from './strap-messages.ts';

export interface StrapOptions extends Advertised {
  readonly name: string;
  /**
   * Advertised as a random address; any will do. Without it the strap has the public address of its controller,
   * `00:aa:01:NN:00:42`, where NN is the lowest place that was free in the virtual radio.
   */
  readonly address?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly firmware?: string;
  readonly sensorLocation?: number;
  readonly batteryPercent?: number;
  readonly heart?: Heart;
  /** Notifications a second, one unless it is said; 0 is a strap that never sends. */
  readonly hz?: number;
  readonly advertisingIntervalMs?: number;
  /**
   * Links without a peer end after this time, where the central asked for a longer one: so that a test need not wait.
   * Unless it is said, the time is what the central asked for.
   */
  readonly supervisionTimeoutMs?: number;
}

/** Body Sensor Location. */
const CHEST = 1;

export interface ProgramPlace {
  readonly number: number;
  readonly hostPath: string;
}

/** What the program of such a strap is told when it begins to run, with what is advertised by then. */
export function programSettings(
  options: StrapOptions,
  advertised: Advertised,
  place: ProgramPlace,
): StrapProgramSettings {
  return {
    controllerPath: place.hostPath,
    name: options.name,
    advertisement: advertisement(advertised).toString('hex'),
    scanResponse: scanResponse(advertised).toString('hex'),
    manufacturer: options.manufacturer ?? 'Virtual Straps',
    model: options.model ?? 'V1',
    serial: options.serial ?? `V${String(place.number).padStart(7, '0')}`,
    firmware: options.firmware ?? '1.0.0',
    sensorLocation: options.sensorLocation ?? CHEST,
    batteryPercent: options.batteryPercent ?? 100,
    heart: options.heart ?? { kind: 'numbered' },
    hz: options.hz ?? 1,
  };
}
