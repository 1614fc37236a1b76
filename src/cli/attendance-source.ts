/** Who tells who is there: a gateway that runs has the links to the straps; without one they are listened for. */

import type { GatewayAnswer } from '../doctor/finding.ts';
import type { Team } from '../domain/athlete.ts';
import type { Clock } from '../ports.ts';
import { type Attendee, attendeesOfGateway, attendeesOfScan } from './attendance-list.ts';
import { counted } from './output.ts';
import { complaintOf } from './scan-text.ts';
import { Scanning } from './scanning.ts';

export interface AttendanceSource {
  readonly name: 'gateway' | 'scan';
  /** Aborts when it tells something for the first time. */
  readonly ready: AbortSignal;
  /** Aborts when nothing can come of it any more. */
  readonly hopeless: AbortSignal;
  start(): Promise<void>;
  stop(): Promise<void>;
  look(): Promise<readonly Attendee[]>;
  /** Why nobody can say that all are there, though all are of whom it tells; changes with every look. */
  readonly flaw: string | undefined;
  /** What is to be said of itself at the end. */
  complaints(): readonly string[];
}

/** The athletes file as it is on the disk, which need not be the one that is in force. */
export type AthletesOnDisk =
  | { readonly state: 'read'; readonly ids: readonly string[] }
  /** It has problems, or cannot be read by this user. */
  | { readonly state: 'bad' }
  /** What is wrong is not in it: who is in it is not known. */
  | { readonly state: 'unknown' };

/** One that stops to answer has nobody any more; it may come again. */
export class RunningGateway implements AttendanceSource {
  readonly name = 'gateway';
  readonly ready = AbortSignal.abort();
  readonly hopeless = new AbortController().signal;
  readonly #ask: () => Promise<GatewayAnswer>;
  readonly #read: () => AthletesOnDisk;
  #onDisk: AthletesOnDisk = { state: 'unknown' };
  #last: readonly Attendee[] = [];
  #complaint: string | undefined;
  #flaw: string | undefined;

  constructor(ask: () => Promise<GatewayAnswer>, read: () => AthletesOnDisk) {
    this.#ask = ask;
    this.#read = read;
  }

  get flaw(): string | undefined {
    return this.#flaw;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async look(): Promise<readonly Attendee[]> {
    // A good file is read once: to do so again and again would take the time of the gateway.
    if (this.#onDisk.state !== 'read') this.#onDisk = this.#read();
    const answer = await this.#ask();
    if (answer.state === 'answered') {
      this.#complaint = undefined;
      this.#flaw = flawOf(this.#onDisk, answer.status.athletesFile?.problems ?? 0);
      this.#last = attendeesOfGateway(answer.status, this.#onDisk.state === 'read' ? this.#onDisk.ids : []);
    } else {
      this.#complaint = `sideline: ${answer.state === 'none' ? 'the gateway has ended' : answer.reason}`;
      this.#last = this.#last.map((each) => ({ ...each, there: false, state: 'the gateway does not answer' }));
    }
    return this.#last;
  }

  complaints(): readonly string[] {
    return this.#complaint === undefined ? [] : [this.#complaint];
  }
}

function flawOf(onDisk: AthletesOnDisk, problems: number): string | undefined {
  if (problems > 0) {
    return `the athletes file has ${counted(problems, 'problem')} and is not in force: the gateway goes by the one before; see "sideline check"`;
  }
  if (onDisk.state !== 'bad') return undefined;
  return 'the athletes file has a problem, or this user may not read it, so that who is in it is not known; see "sideline check"';
}

export interface ListeningParts {
  readonly adapters: readonly string[];
  readonly team: Team;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
}

export class Listening implements AttendanceSource {
  readonly name = 'scan';
  readonly flaw = undefined;
  readonly #ready = new AbortController();
  readonly #hopeless = new AbortController();
  readonly #scanning: Scanning;
  readonly #parts: ListeningParts;

  constructor(parts: ListeningParts) {
    this.#parts = parts;
    this.#scanning = new Scanning({
      ...parts,
      onReady: () => this.#ready.abort(),
      onHopeless: () => this.#hopeless.abort(),
    });
  }

  get ready(): AbortSignal {
    return this.#ready.signal;
  }

  get hopeless(): AbortSignal {
    return this.#hopeless.signal;
  }

  async start(): Promise<void> {
    await this.#scanning.start();
  }

  async stop(): Promise<void> {
    await this.#scanning.stop();
  }

  async look(): Promise<readonly Attendee[]> {
    const { team, clock } = this.#parts;
    return attendeesOfScan(team, this.#scanning.list.straps, clock.monotonicMs());
  }

  complaints(): readonly string[] {
    return this.#scanning.states.filter(({ state }) => state !== 'ready').map(complaintOf);
  }
}
