/**
 * Malformed radio input by the million, through the guard and real noble, in process. Whatever comes: nothing escapes,
 * noble goes on for the next strap, and no reading is made up.
 */
import { performance } from 'node:perf_hooks';
import type { HciReport } from '../../device/radio/hci/guard-effects.ts';
import { createNobleOver } from '../../device/radio/hci/hci-noble.ts';
import { SimulatedClock } from '../../simulator/clock.ts';
import { Random } from '../../simulator/random.ts';
import { messageOf } from '../../src/domain/errors.ts';
import { ScriptedController } from '../device/radio/hci/scripted-controller.ts';
import { Episode } from './episode.ts';
import { Inputs, KINDS, type Kind } from './inputs.ts';
import { type FuzzedRadio, unguardedRadio } from './unguarded.ts';

export interface FuzzSummary {
  readonly seed: string;
  readonly inputs: Readonly<Record<Kind, number>>;
  /** Well-formed readings that came through. */
  readonly samples: number;
  readonly links: number;
  /** How often the adapter was given up, and begun anew, since its controller's own events were malformed. */
  readonly restarts: number;
  /** What noble threw over a packet, and did not get past the guard, by text. */
  readonly contained: ReadonlyMap<string, number>;
  /** Packets that the guard kept from noble. */
  readonly dropped: number;
  /** Each is a bug: an exception that escaped, a promise that broke, a reading made up or withheld, a print, a jam. */
  readonly findings: readonly string[];
  readonly durationMs: number;
}

/** Told in full; further ones are only counted. */
const FINDINGS_MAX = 50;

const EPISODE_INPUTS = 300;

export interface FuzzOptions {
  readonly count: number;
  readonly seed: string;
  /** Without the guard, so that there is something to find. */
  readonly unguarded?: boolean;
}

export async function fuzzRadio({ count, seed, unguarded = false }: FuzzOptions): Promise<FuzzSummary> {
  const fuzz = new RadioFuzz(seed, unguarded);
  const release = fuzz.listen();
  try {
    return await fuzz.run(count);
  } finally {
    release();
  }
}

class RadioFuzz {
  readonly #seed: string;
  readonly #unguarded: boolean;
  readonly #inputs: Inputs;
  readonly #counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  readonly #contained = new Map<string, number>();
  readonly #findings: string[] = [];
  #samples = 0;
  #links = 0;
  #restarts = 0;
  #dropped = 0;

  constructor(seed: string, unguarded: boolean) {
    this.#seed = seed;
    this.#unguarded = unguarded;
    this.#inputs = new Inputs(new Random(seed));
  }

  /** Takes notice of whatever escapes, until the returned function is called. */
  listen(): () => void {
    const onException = (error: unknown) => this.#found(`an exception escaped: ${stackOf(error)}`);
    const onRejection = (error: unknown) => this.#found(`a promise broke: ${stackOf(error)}`);
    process.on('uncaughtException', onException);
    process.on('unhandledRejection', onRejection);
    const restore = (['log', 'warn', 'error'] as const).map((name) => {
      const print: unknown = Reflect.get(console, name);
      Reflect.set(console, name, (text: unknown) => this.#found(`noble printed: ${String(text)}`));
      return () => Reflect.set(console, name, print);
    });
    return () => {
      process.off('uncaughtException', onException);
      process.off('unhandledRejection', onRejection);
      for (const act of restore) act();
    };
  }

  async run(count: number): Promise<FuzzSummary> {
    const began = performance.now();
    while (this.#sent() < count && this.#findings.length < FINDINGS_MAX) await this.#useRadio(count);
    return {
      seed: this.#seed,
      inputs: this.#counts,
      samples: this.#samples,
      links: this.#links,
      restarts: this.#restarts,
      contained: this.#contained,
      dropped: this.#dropped,
      findings: this.#findings,
      durationMs: performance.now() - began,
    };
  }

  /** One adapter, until it is lost or there have been enough inputs. */
  async #useRadio(count: number): Promise<void> {
    const controller = new ScriptedController();
    let isLost = false;
    const onLost = () => {
      isLost = true;
    };
    const radio = this.#unguarded ? await unguardedRadio(controller, onLost) : await this.#guarded(controller, onLost);
    while (!isLost && this.#sent() < count && this.#findings.length < FINDINGS_MAX) {
      this.#links++;
      const episode = new Episode({
        controller,
        radio,
        inputs: this.#inputs,
        isHonest: this.#inputs.chance(0.5),
        address: `a0${this.#inputs.bytes(5).toString('hex')}`,
        isLost: () => isLost,
        onInput: ({ kind }) => this.#counts[kind]++,
        onSample: () => this.#samples++,
        onFinding: (finding) => this.#found(finding),
      });
      await episode.run(Math.min(1 + this.#inputs.below(2 * EPISODE_INPUTS), count - this.#sent()));
    }
    if (isLost) this.#restarts++;
    await this.#release(radio);
  }

  #guarded(controller: ScriptedController, onLost: () => void): Promise<FuzzedRadio> {
    return createNobleOver(controller.transport(), {
      adapter: 'h4:unix:/in/process',
      clock: new SimulatedClock(),
      random: () => 0.5,
      isOfInterest: () => true,
      onReport: (report) => this.#onReport(report),
      onLost,
    });
  }

  async #release(radio: FuzzedRadio): Promise<void> {
    const { malformed, malformedAdvertisements, malformedEvents, foreign } = radio.counts;
    this.#dropped += malformed + malformedAdvertisements + malformedEvents + foreign;
    await radio.release();
  }

  #onReport(report: HciReport): void {
    if (report.type !== 'threw') return;
    this.#contained.set(report.reason, (this.#contained.get(report.reason) ?? 0) + 1);
  }

  #found(finding: string): void {
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push(`after ${this.#sent()} inputs: ${finding}`);
  }

  #sent(): number {
    return Object.values(this.#counts).reduce((sum, each) => sum + each, 0);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}
