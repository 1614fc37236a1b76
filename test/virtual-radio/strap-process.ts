/**
 * The program of one or more straps: real Bluetooth peripherals (bleno) with the Heart Rate, Battery and Device
 * Information services, each with a controller of its own. It does what the test tells it, and ends with the test.
 */
import type blenoInstance from '@abandonware/bleno';
import { loadHost } from './bluetooth-socket.ts';
import { type Heart, measurement } from './numbered-heart.ts';
import type { FromStrap, StrapProgramSettings, ToStrap } from './strap-messages.ts';

type Bleno = typeof blenoInstance;

class StrapProgram {
  readonly #number: number;
  readonly #settings: StrapProgramSettings;
  readonly #bleno: Bleno;
  #heart: Heart;
  #hz: number;
  #batteryPercent: number;
  #notify: ((value: Buffer) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #measurements = 0;

  constructor(number: number, settings: StrapProgramSettings) {
    this.#number = number;
    this.#settings = settings;
    this.#heart = settings.heart;
    this.#hz = settings.hz;
    this.#batteryPercent = settings.batteryPercent;
    this.#bleno = loadHost<Bleno>('@abandonware/bleno', settings.controllerPath);
  }

  run(): void {
    this.#bleno.on('advertisingStartError', (error) => this.#say({ type: 'failed', reason: error.message }));
    this.#bleno.on('stateChange', (state) => {
      if (state === 'poweredOn') this.#begin();
    });
  }

  obey(message: ToStrap): void {
    switch (message.type) {
      case 'run':
        this.run();
        break;
      case 'rate':
        this.#hz = message.hz;
        this.#pace();
        break;
      case 'heart':
        this.#heart = message.heart;
        break;
      case 'battery':
        this.#batteryPercent = message.percent;
        break;
      case 'value':
        this.#notify?.(Buffer.from(message.hex, 'hex'));
        break;
    }
  }

  #begin(): void {
    const { advertisement, scanResponse, name } = this.#settings;
    // bleno takes the name of its GAP service from here, when it is given its services.
    process.env['BLENO_DEVICE_NAME'] = name;
    this.#bleno.setServices(this.#services());
    this.#bleno.startAdvertisingWithEIRData(Buffer.from(advertisement, 'hex'), Buffer.from(scanResponse, 'hex'));
  }

  #services(): InstanceType<Bleno['PrimaryService']>[] {
    const { manufacturer, model, serial, firmware, sensorLocation } = this.#settings;
    const { PrimaryService, Characteristic } = this.#bleno;
    const fixed = (uuid: string, value: Buffer) => new Characteristic({ uuid, properties: ['read'], value });
    return [
      new PrimaryService({
        uuid: '180d',
        characteristics: [
          new Characteristic({
            uuid: '2a37',
            properties: ['notify'],
            onSubscribe: (_, notify) => this.#subscribed(notify),
            onUnsubscribe: () => this.#subscribed(undefined),
          }),
          fixed('2a38', Buffer.from([sensorLocation])),
        ],
      }),
      new PrimaryService({
        uuid: '180f',
        characteristics: [
          new Characteristic({
            uuid: '2a19',
            properties: ['read'],
            onReadRequest: (_, answer) => answer(Characteristic.RESULT_SUCCESS, Buffer.from([this.#batteryPercent])),
          }),
        ],
      }),
      new PrimaryService({
        uuid: '180a',
        characteristics: [
          fixed('2a29', Buffer.from(manufacturer)),
          fixed('2a24', Buffer.from(model)),
          fixed('2a25', Buffer.from(serial)),
          fixed('2a26', Buffer.from(firmware)),
        ],
      }),
    ];
  }

  #subscribed(notify: ((value: Buffer) => void) | undefined): void {
    this.#notify = notify;
    this.#pace();
    this.#say({ type: 'subscribed', subscribed: notify !== undefined });
  }

  #pace(): void {
    clearInterval(this.#timer);
    if (this.#notify === undefined || this.#hz <= 0) return;
    this.#timer = setInterval(() => this.#notify?.(measurement(this.#heart, this.#measurements++)), 1000 / this.#hz);
  }

  #say(message: Omitted<FromStrap>): void {
    const said: FromStrap = { strap: this.#number, ...message };
    process.send?.(said);
  }
}

/** Each member of a union without the strap's number. */
type Omitted<T> = T extends unknown ? Omit<T, 'strap'> : never;

const programs = new Map<number, StrapProgram>();

// Every bleno wants to say goodbye on exit and on SIGINT.
process.setMaxListeners(0);
// However the test ends, its straps end with it.
process.once('disconnect', () => process.exit());
process.on('message', (message: ToStrap) => {
  if (message.type === 'run') programs.set(message.strap, new StrapProgram(message.strap, message.settings));
  programs.get(message.strap)?.obey(message);
});
