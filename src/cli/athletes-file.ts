/**
 * The athletes file of a running gateway: what is on the disk takes effect when it has changed, whole or not at all. A file
 * with problems changes nothing: the version before stays in force, and log and status say so.
 */

import type { LoggableProblem } from '../config/loggable-problem.ts';
import { readTextMeanwhile, type Text } from '../config/text-file.ts';
import type { Team, TeamVersion } from '../domain/athlete.ts';
import type { Clock, Telemetry } from '../ports.ts';
import { FileWatch } from '../system/file-watch.ts';
import { judgeAthletes } from './athletes-line.ts';

/** More are told by `sideline check`; a file of another kind may have thousands. */
const PROBLEMS_TOLD = 20;

/** A file that is written to while it is read is read again. */
const AGAIN_MS = 200;

export interface AthletesFileParts {
  readonly path: string;
  readonly inForce: TeamVersion;
  /** The names of the responses of the gateway, which rules may name. */
  readonly responses?: readonly string[];
  /** The machine's own: files are not of a simulation's time. */
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Puts another version in force. */
  readonly reload: (change: TeamVersion) => void;
}

interface Rejected {
  /** Absent where the file cannot be read. */
  readonly version: string | undefined;
  readonly problems: number;
}

export class AthletesFile {
  readonly #parts: AthletesFileParts;
  #team: Team;
  #version: string;
  #rejected: Rejected | undefined;
  #looking: Promise<void> = Promise.resolve();
  /** Undefined before it runs. */
  #signal: AbortSignal | undefined;

  constructor(parts: AthletesFileParts) {
    this.#parts = parts;
    this.#team = parts.inForce.team;
    this.#version = parts.inForce.version;
  }

  /** How many problems keep what is on the disk from being in force; undefined where it is. */
  get problems(): number | undefined {
    return this.#rejected?.problems;
  }

  /** Takes what changes on the disk until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const { path, clock } = this.#parts;
    await new FileWatch({ path, clock, onChange: () => this.look() }).run(signal);
  }

  /**
   * Takes what is on the disk now, one look after the other.
   *
   * @param isAsked somebody wants to know what comes of it, also where that is nothing new
   */
  look({ isAsked = false } = {}): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look(isAsked));
    return this.#looking;
  }

  async #look(isAsked: boolean): Promise<void> {
    const { path, clock } = this.#parts;
    const signal = this.#signal;
    if (signal === undefined) return;
    let read = await readTextMeanwhile(path);
    // Otherwise the watch comes again when it is at rest.
    while (read === undefined && isAsked && !signal.aborted) {
      await clock.sleep(AGAIN_MS, signal);
      read = await readTextMeanwhile(path);
    }
    if (read !== undefined) await this.#take(read, isAsked, signal);
  }

  async #take(read: Text, isAsked: boolean, signal: AbortSignal): Promise<void> {
    const { path, responses, reload, telemetry } = this.#parts;
    const version = read.ok ? read.version : undefined;
    if (version === this.#version) {
      if (isAsked || this.#rejected !== undefined) {
        telemetry.emit({ event: 'athletes.unchanged', athletesVersion: this.#version });
      }
      this.#rejected = undefined;
      return;
    }
    const isTold = this.#rejected !== undefined && this.#rejected.version === version;
    if (isTold && !isAsked) return;
    const judged = await judgeAthletes({ path, read, inForce: this.#team, responses }, signal);
    if (signal.aborted) return;
    if (!judged.ok) {
      this.#reject(version, judged.problems);
      return;
    }
    this.#team = judged.value.team;
    this.#version = judged.value.version;
    this.#rejected = undefined;
    reload(judged.value);
  }

  #reject(version: string | undefined, problems: readonly LoggableProblem[]): void {
    const { telemetry } = this.#parts;
    this.#rejected = { version, problems: problems.length };
    for (const problem of problems.slice(0, PROBLEMS_TOLD)) telemetry.emit({ event: 'athletes.problem', ...problem });
    telemetry.emit({ event: 'athletes.rejected', problems: problems.length, inForce: this.#version });
  }
}
