/** The part of noble that the drill uses, as types. */

type Emitter = Pick<NodeJS.EventEmitter, 'on' | 'once'>;

/** Units as in HCI: intervals of 1.25 ms, timeout of 10 ms. */
export interface ConnectionParameters {
  readonly minInterval: number;
  readonly maxInterval: number;
  readonly timeout: number;
}

export interface Characteristic extends Emitter {
  readonly uuid: string;
  subscribeAsync(): Promise<unknown>;
  readAsync(): Promise<Buffer>;
}

export interface Peripheral extends Emitter {
  readonly id: string;
  connectAsync(parameters: ConnectionParameters): Promise<unknown>;
  cancelConnect(): void;
  disconnect(): void;
  discoverSomeServicesAndCharacteristicsAsync(
    services: readonly string[],
    characteristics: readonly string[],
  ): Promise<{ readonly characteristics: readonly Characteristic[] }>;
}

export interface Noble extends Emitter {
  /** Reading it initialises the instance. */
  readonly state: string;
  startScanning(services: readonly string[], allowDuplicates: boolean): void;
  stopScanning(): void;
  readonly _bindings: {
    readonly _handles: Readonly<Record<string, number>>;
    readonly _hci: {
      /** Times in ms. */
      connUpdateLe(handle: number, minInterval: number, maxInterval: number, latency: number, timeout: number): void;
    };
  };
}
