/**
 * One strap's link, from its first advertisement to its end, in which the strap says whatever the inputs say. What
 * noble makes of it is held against what a witness has heard.
 */
import { decodeHeartRate, MalformedMeasurement } from '../../device/profiles/heart-rate.ts';
import { commandComplete, OPCODE } from '../../device/radio/hci/packets.ts';
import type { Characteristic, Peripheral, Service } from '../../device/radio/noble.ts';
import type { ScriptedController } from '../device/radio/hci/scripted-controller.ts';
import { HANDLE, HEART_RATE_ADVERTISEMENT, ScriptedStrap } from '../device/radio/hci/scripted-strap.ts';
import type { Input, Inputs } from './inputs.ts';
import type { FuzzedRadio } from './unguarded.ts';
import { Witness } from './witness.ts';

/** Units as in HCI: 100 to 200 ms, 6 s. */
const PARAMETERS = { minInterval: 80, maxInterval: 160, timeout: 600 };

/** How many turns of the event loop something may take that ought to happen. */
const TURNS_MAX = 200;

/** A worker does not ask a strap for the same time and again that does not answer. */
const ACTS_MAX = 8;

export interface EpisodeParts {
  readonly controller: ScriptedController;
  readonly radio: FuzzedRadio;
  readonly inputs: Inputs;
  /** Whether the strap answers by the book meanwhile, so that it must be heard whatever else it says. */
  readonly isHonest: boolean;
  /** Twelve hex digits. */
  readonly address: string;
  readonly isLost: () => boolean;
  readonly onInput: (input: Input) => void;
  readonly onSample: () => void;
  readonly onFinding: (finding: string) => void;
}

export class Episode {
  readonly #parts: EpisodeParts;
  readonly #strap: ScriptedStrap;
  #got: string[] = [];
  #measurement: Characteristic | undefined;
  #services: readonly Service[] = [];
  #subscribed = false;
  #acts = 0;

  constructor(parts: EpisodeParts) {
    this.#parts = parts;
    this.#strap = new ScriptedStrap({ address: parts.address });
  }

  /** @param count of inputs; fewer where the link does not last */
  async run(count: number): Promise<void> {
    const { radio, controller, isLost } = this.#parts;
    const peripheral = await this.#connect();
    if (peripheral === undefined) return;
    const handle = this.#strap.handle ?? 0;
    const witness = new Witness(handle);
    if (!this.#parts.isHonest) this.#lie();
    await this.#begin(peripheral);
    const isUp = () => !isLost() && radio.links.some((link) => link.handle === handle);
    for (let sent = 0; sent < count && isUp(); sent++) {
      await this.#step(witness, handle, isUp);
      if (this.#acts < ACTS_MAX && this.#parts.inputs.chance(0.03)) this.#act(peripheral);
    }
    await this.#end(handle);
    controller.commands.length = 0;
    controller.pdus.length = 0;
    radio.prune(() => false);
  }

  async #step(witness: Witness, handle: number, isUp: () => boolean): Promise<void> {
    const { controller, inputs, isHonest, onInput, onSample, onFinding } = this.#parts;
    const input = inputs.next(handle);
    onInput(input);
    this.#got = [];
    const said: string[] = [];
    const owed: string[] = [];
    for (const packet of input.packets) {
      const saying = witness.sees(packet);
      if (saying !== undefined) {
        said.push(saying.value);
        if (saying.handle === HANDLE.measurement && !saying.isIndication) owed.push(saying.value);
      }
      controller.send(packet);
    }
    await turn();
    const about = () => input.packets.map((packet) => packet.toString('hex')).join(' ');
    for (const value of this.#got) {
      if (!said.includes(value)) onFinding(`an invented reading ${value} of ${about()}`);
      else if (isSample(value)) onSample();
    }
    const isHeard = isHonest && this.#subscribed && isUp();
    if (isHeard && owed.some((value) => !this.#got.includes(value))) onFinding(`a reading withheld of ${about()}`);
  }

  async #connect(): Promise<Peripheral | undefined> {
    const { controller, radio, address, isLost, onFinding } = this.#parts;
    const { noble } = radio;
    let peripheral: Peripheral | undefined;
    const onDiscover = (found: Peripheral) => {
      if (found.id === address) peripheral = found;
    };
    await until(() => noble.state === 'poweredOn');
    noble.on('discover', onDiscover);
    noble.startScanning([], true);
    await until(() => radio.scanning);
    for (const type of [0, 4]) controller.advertise({ address, data: HEART_RATE_ADVERTISEMENT, type });
    await until(() => peripheral !== undefined);
    noble.off('discover', onDiscover);
    noble.stopScanning();
    await turn();
    controller.inRange(this.#strap);
    peripheral?.connect(PARAMETERS);
    await until(() => peripheral?.state === 'connected');
    if (peripheral?.state === 'connected') return peripheral;
    if (!isLost()) onFinding(`noble is stuck: ${peripheral === undefined ? 'it hears nobody' : 'it does not connect'}`);
    return undefined;
  }

  /** Some of the strap's answers are changed, and some never come. */
  #lie(): void {
    const { inputs } = this.#parts;
    for (const opcode of [0x02, 0x08, 0x0a, 0x0c, 0x10, 0x12]) {
      this.#strap.answer(opcode, (request) => {
        const right = this.#strap.answerByTable(request);
        if (inputs.chance(0.05)) return undefined;
        return inputs.chance(0.3) ? inputs.mutated(right) : right;
      });
    }
  }

  async #begin(peripheral: Peripheral): Promise<void> {
    const { isHonest, isLost, onFinding } = this.#parts;
    const discovering = this.#discover(peripheral).catch(() => {});
    if (!isHonest) return;
    let isDone = false;
    void discovering.then(() => {
      isDone = true;
    });
    await until(() => isDone);
    if (!this.#subscribed && !isLost()) onFinding('noble is stuck: it does not subscribe');
  }

  async #discover(peripheral: Peripheral): Promise<void> {
    this.#services = await peripheral.discoverServicesAsync([]);
    const service = this.#services.find(({ uuid }) => uuid === '180d');
    const characteristics = (await service?.discoverCharacteristicsAsync([])) ?? [];
    this.#measurement = characteristics.find(({ uuid }) => uuid === '2a37');
    this.#measurement?.on('data', (value: Buffer, isNotification: boolean) => {
      if (isNotification) this.#got.push(value.toString('hex'));
    });
    await this.#measurement?.subscribeAsync();
    this.#subscribed = this.#measurement !== undefined;
  }

  /** What a worker may do at any time. */
  #act(peripheral: Peripheral): void {
    this.#acts++;
    const { inputs, isHonest } = this.#parts;
    const characteristics = this.#services.flatMap((service) => service.characteristics ?? []);
    const reads = [
      () => characteristics[inputs.below(characteristics.length)]?.readAsync(),
      () => this.#measurement?.subscribeAsync(),
    ];
    // noble makes its objects anew with each discovery, so that whoever listens hears no more.
    const discoveries = [
      () => peripheral.discoverServicesAsync([]),
      () => this.#services[inputs.below(this.#services.length)]?.discoverCharacteristicsAsync([]),
    ];
    const act = inputs.pick<() => Promise<unknown> | undefined>(isHonest ? reads : [...reads, ...discoveries]);
    act()?.catch(() => {});
  }

  /** As orderly as the rest allows. What was said about the controller's commands is made up for. */
  async #end(handle: number): Promise<void> {
    const { controller, isLost, radio } = this.#parts;
    if (isLost()) return;
    controller.send(commandComplete(OPCODE.nothing, Buffer.alloc(0)));
    controller.disconnected(handle, 0x13);
    controller.outOfRange(this.#strap.address);
    await until(() => radio.links.length === 0);
    // A link that the inputs have made up.
    for (const link of radio.links) controller.disconnected(link.handle);
    await turn();
  }
}

function isSample(value: string): boolean {
  try {
    decodeHeartRate(Buffer.from(value, 'hex'));
    return true;
  } catch (error) {
    if (error instanceof MalformedMeasurement) return false;
    throw error;
  }
}

/** Lets everything happen that follows from what has been sent. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < TURNS_MAX && !isSo(); turns++) await turn();
}
