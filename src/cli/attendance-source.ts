/** Who tells who is there: a gateway that runs has the links to the straps; without one they are listened for. */

import type { GatewayAnswer } from '../doctor/finding.ts';
import type { Team } from '../domain/athlete.ts';
import type { Clock } from '../ports.ts';
import { type Attendee, attendeesOfGateway, attendeesOfScan } from './attendance-list.ts';
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
  /** What is to be said of itself at the end. */
  complaints(): readonly string[];
}

/** One that stops to answer has nobody any more; it may come again. */
export class RunningGateway implements AttendanceSource {
  readonly name = 'gateway';
  readonly ready = AbortSignal.abort();
  readonly hopeless = new AbortController().signal;
  readonly #ask: () => Promise<GatewayAnswer>;
  #last: readonly Attendee[] = [];
  #complaint: string | undefined;

  constructor(ask: () => Promise<GatewayAnswer>) {
    this.#ask = ask;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async look(): Promise<readonly Attendee[]> {
    const answer = await this.#ask();
    if (answer.state === 'answered') {
      this.#complaint = undefined;
      this.#last = attendeesOfGateway(answer.status);
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

export interface ListeningParts {
  readonly adapters: readonly string[];
  readonly team: Team;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
}

export class Listening implements AttendanceSource {
  readonly name = 'scan';
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
