/** Whether the adapter is on, by what noble says of its state; and why it is not. */
import type { Clock } from '../../../src/ports.ts';
import type { Noble } from '../noble.ts';
import type { WorkerTiming } from './timing.ts';
import { type Bell, within } from './waiting.ts';

export interface PowerParts {
  readonly noble: Noble;
  readonly clock: Clock;
  readonly timing: WorkerTiming;
  readonly bell: Bell;
  /** The adapter has gone off: no link will report its end, and nothing will be answered any more. */
  readonly onOff: (reason: string) => void;
}

const STATE_REASONS: Readonly<Record<string, string>> = {
  poweredOff: 'the adapter is switched off or unplugged',
  unauthorized: 'no permission to use the adapter: run as the systemd service, or with the capability CAP_NET_RAW',
  unsupported: 'the adapter cannot do Bluetooth Low Energy: use another one',
};

export class Power {
  readonly #parts: PowerParts;
  #wasOn = false;

  constructor(parts: PowerParts) {
    this.#parts = parts;
  }

  /** The adapter has been on at some time. */
  get wasOn(): boolean {
    return this.#wasOn;
  }

  /** Resolves when the adapter is on, or when the signal aborts; rejects when that takes too long. */
  async on(signal: AbortSignal): Promise<void> {
    const { noble, clock, timing, bell } = this.#parts;
    // noble prints its warnings unless somebody else listens; none says more than the states do.
    noble.on('warning', ignore);
    // Reading the state first makes a failing initialisation throw here.
    const { state } = noble;
    noble.on('stateChange', this.#onState);
    this.#onState(state);
    const on = async () => {
      while (!this.#wasOn && !signal.aborted) await bell.heard(signal);
    };
    await within('switching on the adapter', on, { clock, ms: timing.startUpMs, signal });
  }

  /** Listens no more. */
  leave(): void {
    const { noble } = this.#parts;
    noble.off('stateChange', this.#onState);
    noble.off('warning', ignore);
  }

  readonly #onState = (state: string): void => {
    const { bell, onOff } = this.#parts;
    if (state === 'unknown') return;
    if (state === 'poweredOn') this.#wasOn = true;
    else onOff(STATE_REASONS[state] ?? `the adapter is ${state}`);
    bell.ring();
  };
}

function ignore(): void {}
