/**
 * Real noble over a scripted controller, in process: what the tests of everything between the two have in common.
 */
import { once } from 'node:events';
import type { HciReport } from '../../../../device/radio/hci/guard-effects.ts';
import { createNobleOver, type HciNoble, type HciNobleOptions } from '../../../../device/radio/hci/hci-noble.ts';
import type { Characteristic, ConnectionParameters, Peripheral } from '../../../../device/radio/noble.ts';
import { SystemClock } from '../../../../src/system/clock.ts';
import { ScriptedController } from './scripted-controller.ts';
import { HEART_RATE_ADVERTISEMENT, ScriptedStrap } from './scripted-strap.ts';

/** 100 to 200 ms and 6 s, in units of 1.25 and 10 ms. */
export const PARAMETERS: ConnectionParameters = { minInterval: 80, maxInterval: 160, timeout: 600 };

export const STRAP = 'a09e1a000007';

export class NobleRig {
  readonly controller: ScriptedController;
  readonly radio: HciNoble;
  readonly reports: HciReport[];
  readonly lost: string[];

  constructor(parts: Pick<NobleRig, 'controller' | 'radio' | 'reports' | 'lost'>) {
    this.controller = parts.controller;
    this.radio = parts.radio;
    this.reports = parts.reports;
    this.lost = parts.lost;
  }

  get noble(): HciNoble['noble'] {
    return this.radio.noble;
  }

  async poweredOn(): Promise<void> {
    while (this.noble.state !== 'poweredOn') await once(this.noble as never, 'stateChange');
  }

  /** Lets everything happen that follows from what has been sent. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Scans, hears the strap and stops. */
  async hear(address: string = STRAP, data: Uint8Array = HEART_RATE_ADVERTISEMENT): Promise<Peripheral> {
    await this.poweredOn();
    const { noble, controller } = this;
    const started = once(noble as never, 'scanStart');
    noble.startScanning([], true);
    await started;
    const heard = once(noble as never, 'discover');
    controller.advertise({ address, data }, { address, data, type: 4 });
    const [peripheral] = (await heard) as [Peripheral];
    const stopped = once(noble as never, 'scanStop');
    noble.stopScanning();
    await stopped;
    return peripheral;
  }

  async connect(strap: ScriptedStrap): Promise<Peripheral> {
    const peripheral = await this.hear(strap.address);
    this.controller.inRange(strap);
    const connected = once(peripheral as never, 'connect');
    peripheral.connect(PARAMETERS);
    const [error] = (await connected) as [Error | undefined];
    if (error) throw error;
    return peripheral;
  }

  async measurementOf(peripheral: Peripheral): Promise<Characteristic> {
    const services = await peripheral.discoverServicesAsync(['180d']);
    const characteristics = await services[0]?.discoverCharacteristicsAsync(['2a37']);
    const measurement = characteristics?.[0];
    if (measurement === undefined) throw new Error('there is no characteristic 2a37');
    return measurement;
  }

  /** A strap that is linked and subscribed, and the values of its notifications, in hex. */
  async subscribe(address: string = STRAP): Promise<Subscribed> {
    const strap = new ScriptedStrap({ address });
    const peripheral = await this.connect(strap);
    const measurement = await this.measurementOf(peripheral);
    const values: string[] = [];
    measurement.on('data', (value: Buffer) => values.push(value.toString('hex')));
    await measurement.subscribeAsync();
    return { strap, peripheral, measurement, values };
  }

  ofType<Type extends HciReport['type']>(type: Type): (HciReport & { readonly type: Type })[] {
    return this.reports.filter((report): report is HciReport & { readonly type: Type } => report.type === type);
  }
}

export interface Subscribed {
  readonly strap: ScriptedStrap;
  readonly peripheral: Peripheral;
  readonly measurement: Characteristic;
  readonly values: readonly string[];
}

export interface RigOptions extends Partial<Omit<HciNobleOptions, 'adapter' | 'onReport' | 'onLost'>> {
  readonly controller?: ScriptedController;
}

/** Makes it, hands it over, and ends it whatever happens. */
export async function withNoble(options: RigOptions, act: (rig: NobleRig) => Promise<void>): Promise<void> {
  const { controller = new ScriptedController(), ...rest } = options;
  const reports: HciReport[] = [];
  const lost: string[] = [];
  const radio = await createNobleOver(controller.transport(), {
    adapter: 'h4:unix:/in/process',
    clock: new SystemClock(),
    random: () => 0.5,
    ...rest,
    onReport: (report) => reports.push(report),
    onLost: (reason) => lost.push(reason),
  });
  try {
    await act(new NobleRig({ controller, radio, reports, lost }));
  } finally {
    await radio.release();
    await controller.close();
  }
}
