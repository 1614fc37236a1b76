/** One scan from its start to its end: the ways to the adapters' workers, and what they have told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerMessage } from '../../device/radio/frames/messages.ts';
import { runningWorker, WatchLine } from '../../device/radio/team/watch-line.ts';
import type { WorkerLine } from '../../device/radio/team/worker-line.ts';
import type { Team } from '../domain/athlete.ts';
import type { Clock } from '../ports.ts';
import { workerLines } from '../radio-lines.ts';
import { ScanList } from './scan-list.ts';
import type { AdapterState } from './scan-text.ts';

export interface ScanningParts {
  readonly adapters: readonly string[];
  readonly team: Team;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** The first adapter listens. Called once. */
  readonly onReady: () => void;
  /** No adapter can be used, and none could since the start. Called once at most. */
  readonly onHopeless: () => void;
}

const WORKER_GONE = 'the radio worker of the gateway is gone';
const UNUSABLE = 'the gateway cannot use it now';

export class Scanning {
  readonly list: ScanList;
  readonly #parts: ScanningParts;
  readonly #states = new Map<string, AdapterState>();
  readonly #lines: WorkerLine[] = [];
  #folder: string | undefined;
  #wasReady = false;

  constructor(parts: ScanningParts) {
    this.#parts = parts;
    this.list = new ScanList(parts.team);
    for (const adapter of parts.adapters) this.#states.set(adapter, { adapter, state: 'starting' });
  }

  get states(): AdapterState[] {
    return [...this.#states.values()];
  }

  /**
   * An adapter that a gateway uses has its worker already, which tells us what it hears beside its work. Two on one
   * adapter would take it from each other.
   *
   * @throws OperatingError `radio-unavailable` when there can be no talk with a worker
   */
  async start(): Promise<void> {
    for (const adapter of this.#parts.adapters) this.#lines.push(await this.#lineTo(adapter));
    for (const line of this.#lines) {
      const { adapter } = line;
      line.start({
        onMessage: (message) => this.#take(line, message),
        onLost: (reason) => {
          const ended = line instanceof WatchLine ? `${WORKER_GONE} (${reason})` : reason;
          this.#became({ adapter, state: 'lost', reason: ended });
        },
      });
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.stop()));
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #lineTo(adapter: string): Promise<WorkerLine> {
    const { clock, env } = this.#parts;
    const running = await runningWorker(adapter, { env, clock });
    if (running !== undefined) return new WatchLine({ adapter, path: running.path, clock });
    this.#folder ??= mkdtempSync(join(tmpdir(), 'sideline-scan-'));
    // As a gateway without a store would start it, with a folder that is nobody else's.
    const store = { path: this.#folder, maxBytes: 0 };
    const settings = { store, radio: { adapters: [adapter], linksPerAdapter: 1 } };
    const [line] = workerLines(settings, { clock, random: Math.random, env: { XDG_RUNTIME_DIR: this.#folder } });
    if (line === undefined) throw new Error('an adapter has no line');
    return line;
  }

  #take(line: WorkerLine, message: WorkerMessage): void {
    const { adapter } = line;
    const { clock, team } = this.#parts;
    if (message.type === 'hello' && !message.ready && line instanceof WatchLine) {
      this.#became({ adapter, state: 'lost', reason: UNUSABLE });
    }
    if (message.type === 'adapter' && message.state === 'lost') {
      this.#became({ adapter, state: 'lost', reason: message.reason ?? 'it is gone' });
    }
    if (isReady(message)) {
      // A worker whose adapter is not ready yet takes no commands.
      line.send(listenFor(team));
      this.#became({ adapter, state: 'ready' });
    }
    this.list.take(adapter, message, clock.monotonicMs());
  }

  #became(state: AdapterState): void {
    // The end of a worker's process says less than its own last words.
    const before = this.#states.get(state.adapter);
    if (state.state === 'lost' && before?.state === 'lost') return;
    this.#states.set(state.adapter, state);
    const { onReady, onHopeless } = this.#parts;
    if (state.state === 'lost') {
      this.list.lost(state.adapter);
      if (!this.#wasReady && this.states.every((each) => each.state === 'lost')) onHopeless();
    } else if (!this.#wasReady) {
      this.#wasReady = true;
      onReady();
    }
  }
}

function isReady(message: WorkerMessage): boolean {
  return message.type === 'hello' ? message.ready : message.type === 'adapter' && message.state === 'ready';
}

/** Beside everything with heart rate in it, the straps of the team that do not advertise that. */
function listenFor(team: Team) {
  const addresses = team.flatMap(({ strap }) => ('address' in strap ? [strap.address] : []));
  const names = team.flatMap(({ strap }) => ('name' in strap ? [strap.name] : []));
  return { type: 'listen', scan: true, addresses, names } as const;
}
