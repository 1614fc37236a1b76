/**
 * What the doctor finds. A check is a file: its probe looks, and changes nothing; its verdict is a pure function of
 * what the probe has seen. A new check is such a file and its line in checks.ts.
 */
import type { WorkerHello } from '../../device/radio/team/watch-line.ts';
import type { ClockTrust } from '../domain/timekeeper.ts';
import type { TimeAuthority } from '../ports.ts';
import type { StatusDocument } from '../system/status-document.ts';
import type { ReadConfiguration } from './configuration-files.ts';
import type { ControllerAnswer, KernelSocket } from './probe-answers.ts';
import type { ProgramAnswer } from './program.ts';

/** `warning` is what may go wrong, `skipped` what could not be judged or does not matter here. */
export type Verdict = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Judgement {
  /** Which of several, as `hci0`. */
  readonly about?: string;
  readonly verdict: Verdict;
  /** What was seen. */
  readonly evidence: string;
  /** What to do; with every `failed` and `warning`. */
  readonly remedy?: string;
}

export interface Finding extends Judgement {
  /** What the check is about, as `Bluetooth`. */
  readonly group: string;
  /** The name of the check. */
  readonly check: string;
}

/** Where the probes look; everything that a test puts in the place of the machine. */
export interface Surroundings {
  /** `/sys` */
  readonly sys: string;
  /** `/proc` */
  readonly proc: string;
  /** As in the configuration. */
  readonly adapters: readonly string[];
  /** As it was read, good or not; absent where none was named. */
  readonly configuration?: ReadConfiguration | undefined;
  /** As in the configuration, its path absolute; absent without one. */
  readonly store?: { readonly path: string; readonly maxBytes: number } | undefined;
  /** As in the configuration; absent without one. */
  readonly clockTrust?: ClockTrust | undefined;
  /** This program as it runs now. */
  readonly program: ProgramFacts;
  /** Unix ms, by the clock of the machine, which may be wrong. */
  readonly nowMs: number;
  /** Who says whether the wall clock is right. */
  readonly timeAuthority: TimeAuthority;
  /** How many bytes a gateway could still write into this folder. */
  readonly freeBytes: (folder: string) => Promise<number>;
  /** Runs a program of the machine, within seconds; never rejects. */
  readonly run: (program: string, args: readonly string[]) => Promise<ProgramAnswer>;
  /** What a gateway says of itself that runs with this configuration; asked once, however often it is asked for. */
  readonly askGateway: () => Promise<GatewayAnswer>;
  /** The same, asked anew: right before something that would put a running gateway out. */
  readonly askGatewayNow: () => Promise<GatewayAnswer>;
  /** What came of opening the kernel's Bluetooth socket; opened once, however often it is asked for. */
  readonly kernelSocket: () => Promise<KernelSocket>;
  /** Resets the controller behind an H4 adapter. Not for one that a gateway uses. */
  readonly askController: (adapter: string) => Promise<ControllerAnswer>;
  /** Whether a gateway has a worker for this adapter now, and what it says of itself. */
  readonly askWorker: (adapter: string) => Promise<WorkerAnswer>;
}

export interface ProgramFacts {
  /** As in package.json. */
  readonly version: string;
  /** Of the Node.js that runs it, as `v24.1.0`. */
  readonly node: string;
  /** Which it needs at least, as `>=20.19`. */
  readonly nodeRange: string;
  /** What that Node.js was built for, as `arm64`. */
  readonly architecture: string;
  /** What the kernel was built for, as in `uname -m`. */
  readonly kernelMachine: string;
}

export type GatewayAnswer =
  | { readonly state: 'none' }
  | { readonly state: 'answered'; readonly status: StatusDocument }
  /** There is one, or may be, which does not answer, or not this user. */
  | {
      readonly state: 'silent';
      readonly reason: string;
      readonly remedy?: string;
      /** All that is known is that a process has its store locked. */
      readonly isByLock?: true;
    }
  /** Nobody can tell whether one runs, as where it is not known which is meant. */
  | { readonly state: 'unknown'; readonly reason: string; readonly remedy: string };

export type WorkerAnswer =
  | { readonly state: 'none' }
  | { readonly state: 'answered'; readonly hello: WorkerHello }
  /** There is one, which does not answer, or not this user. */
  | { readonly state: 'silent'; readonly reason: string; readonly remedy?: string };

export interface Check {
  readonly name: string;
  run(surroundings: Surroundings): Promise<readonly Judgement[]>;
}

/** Without looking any further. */
export function skipped(evidence: string, about?: string): Judgement {
  return { verdict: 'skipped', evidence, ...(about === undefined ? {} : { about }) };
}
