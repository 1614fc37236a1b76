/**
 * The straps of a team over any number of adapters, each with a worker of its own: asks the scheduler what to do, tells
 * the workers, and turns what they say into the athletes' readings.
 *
 * Invariants: nothing is emitted after a stop; a reading goes to one athlete and is told once; a worker that says
 * nothing, or grows too large, is ended and started anew, and costs its own links only.
 */
import { BATTERY_LOW_PERCENT } from '../../../src/domain/battery.ts';
import type { AthleteId, StrapId } from '../../../src/domain/sample.ts';
import type { Clock, HeartRateSource, SourceEvent, StrapWish } from '../../../src/ports.ts';
import type { WorkerMessage } from '../frames/messages.ts';
import { BroadcastReadings } from './broadcasts.ts';
import { guarded } from './guarded.ts';
import { Scheduler } from './scheduler.ts';
import type { SchedulerEffect, SchedulerInput, SchedulerOptions } from './scheduling.ts';
import type { WorkerLine } from './worker-line.ts';

export interface TeamSourceOptions {
  /** One an adapter. */
  readonly lines: readonly WorkerLine[];
  readonly clock: Clock;
  /** From 0 up to and without 1, for the jitter of the back-offs. */
  readonly random: () => number;
  /** How many links an adapter may hold at most, by its name. */
  readonly placesOf?: (adapter: string) => number;
  readonly timing?: SchedulerOptions['timing'];
}

type MeasurementEvent = SourceEvent & { readonly type: 'measurement' };

/** A worker says that it is alive once a second; one that does not has a library that hangs. */
const SILENT_MS = 4_000;

/** A worker is about a third of that; one that has grown so far leaks. */
export const WORKER_RSS_MAX_BYTES = 250e6;

/** How many peripherals a worker's library may remember, which it is told to forget in time. */
const PERIPHERALS_MAX = 5_000;

interface Worker {
  readonly line: WorkerLine;
  /** Monotonic time of its last sign of life; undefined while there is no talk. */
  aliveMs: number | undefined;
  /** Its adapter is on, as far as the scheduler knows. */
  ready: boolean;
}

export class TeamSource implements HeartRateSource {
  readonly #options: TeamSourceOptions;
  readonly #workers: ReadonlyMap<string, Worker>;
  #scheduler: Scheduler;
  #broadcasts = new BroadcastReadings();
  #emit: (event: SourceEvent) => void = () => {};
  #running: AbortController | undefined;
  #timer: { readonly dueMs: number; readonly off: AbortController } | undefined;

  constructor(options: TeamSourceOptions) {
    this.#options = options;
    this.#workers = new Map(options.lines.map((line) => [line.adapter, { line, aliveMs: undefined, ready: false }]));
    this.#scheduler = this.#scheduleFor([]);
  }

  start(wishes: readonly StrapWish[], onEvent: (event: SourceEvent) => void): Promise<void> {
    if (this.#running !== undefined) throw new Error('the source has been started already');
    const running = new AbortController();
    this.#running = running;
    this.#emit = guarded(onEvent, running.signal);
    this.#scheduler = this.#scheduleFor(wishes);
    this.#broadcasts = new BroadcastReadings();
    for (const worker of this.#workers.values()) {
      worker.line.start({
        onMessage: (message) => this.#take(worker, message),
        onLost: (reason, retryInMs) => this.#lost(worker, reason, retryInMs),
      });
    }
    void this.#watch(running.signal);
    return Promise.resolve();
  }

  wish(wishes: readonly StrapWish[]): void {
    if (this.#running === undefined || this.#running.signal.aborted) return;
    this.#schedule({ type: 'wish', wishes });
  }

  prefer(athletes: ReadonlySet<AthleteId>): void {
    this.#schedule({ type: 'prefer', athletes });
  }

  async stop(): Promise<void> {
    this.#running?.abort();
    this.#timer?.off.abort('stopped');
    this.#timer = undefined;
    await Promise.all([...this.#workers.values()].map(({ line }) => line.stop()));
    this.#running = undefined;
  }

  #scheduleFor(wishes: readonly StrapWish[]): Scheduler {
    const { random, placesOf, timing } = this.#options;
    return new Scheduler({
      wishes,
      random,
      ...(placesOf === undefined ? {} : { placesOf }),
      ...(timing === undefined ? {} : { timing }),
    });
  }

  #take(worker: Worker, told: WorkerMessage): void {
    if (this.#running === undefined || this.#running.signal.aborted) return;
    const { adapter } = worker.line;
    const nowMs = this.#options.clock.monotonicMs();
    const message = notAfter(nowMs, told);
    worker.aliveMs = nowMs;
    switch (message.type) {
      case 'hello':
        worker.ready = false;
        if (message.ready) this.#ready(worker, message.links);
        return;
      case 'adapter':
        if (message.state === 'ready') this.#ready(worker, []);
        else this.#adapterLost(worker, message.reason);
        return;
      case 'sighting':
        this.#schedule({ ...message, adapter });
        this.#broadcast(adapter, message);
        return;
      case 'link':
        this.#schedule({ ...message, adapter });
        if (message.state === 'subscribed') this.#linked(message.strap, message.atMs);
        return;
      case 'measurement':
      case 'malformed':
      case 'dropped':
      case 'battery':
        this.#reading(adapter, message);
        return;
      case 'device':
        this.#schedule({ ...message, adapter });
        this.#device(message);
        return;
      case 'fault':
        this.#schedule({ ...message, adapter });
        return;
      case 'alive':
        this.#examine(worker, message);
        return;
    }
  }

  #ready(worker: Worker, links: Extract<SchedulerInput, { type: 'adapter-ready' }>['links']): void {
    if (worker.ready) return;
    worker.ready = true;
    const { adapter } = worker.line;
    this.#emit({ type: 'adapter', adapter, monotonicMs: this.#options.clock.monotonicMs(), state: 'ready' });
    this.#schedule({ type: 'adapter-ready', adapter, links });
  }

  #adapterLost(worker: Worker, reason = 'no reason given', retryInMs?: number): void {
    const { adapter } = worker.line;
    worker.ready = false;
    this.#schedule({ type: 'adapter-lost', adapter, reason });
    this.#emit({
      type: 'adapter',
      adapter,
      monotonicMs: this.#options.clock.monotonicMs(),
      state: 'lost',
      reason,
      ...(retryInMs === undefined ? {} : { retryInMs }),
    });
  }

  #lost(worker: Worker, reason: string, retryInMs: number): void {
    if (this.#running === undefined || this.#running.signal.aborted) return;
    worker.aliveMs = undefined;
    this.#adapterLost(worker, reason, retryInMs);
  }

  #reading(
    adapter: string,
    message: WorkerMessage & { type: 'measurement' | 'malformed' | 'dropped' | 'battery' },
  ): void {
    const { strap, atMs: monotonicMs } = message;
    const athlete = this.#scheduler.athleteOf(strap, adapter);
    if (athlete === undefined) return;
    const who = { athlete, strap, monotonicMs };
    switch (message.type) {
      case 'measurement':
        this.#broadcasts.linked(athlete, monotonicMs);
        this.#measured({ ...who, measurement: message.measurement, way: 'link' }, adapter);
        return;
      case 'malformed':
        this.#emit({ type: 'malformed', ...who, reason: message.reason });
        return;
      case 'dropped':
        this.#emit({ type: 'dropped', ...who, fromMonotonicMs: message.fromMs, count: message.count });
        return;
      case 'battery':
        this.#emit({
          type: 'battery',
          ...who,
          percent: message.percent,
          low: message.percent <= BATTERY_LOW_PERCENT,
        });
        return;
    }
  }

  #measured(reading: Omit<MeasurementEvent, 'type'>, adapter: string): void {
    const reception = this.#scheduler.receptionOf(reading.strap, adapter);
    this.#emit({ type: 'measurement', ...reading, ...(reception === undefined ? {} : { reception }) });
  }

  #linked(strap: StrapId, atMs: number): void {
    const athlete = this.#scheduler.athleteOf(strap);
    if (athlete !== undefined) this.#broadcasts.linked(athlete, atMs);
  }

  #device({ strap, atMs, manufacturer, model, firmware, sensorLocation }: WorkerMessage & { type: 'device' }): void {
    const athlete = this.#scheduler.athleteOf(strap);
    if (athlete === undefined) return;
    this.#emit({
      type: 'device',
      athlete,
      strap,
      monotonicMs: atMs,
      ...(manufacturer === undefined ? {} : { manufacturer }),
      ...(model === undefined ? {} : { model }),
      ...(firmware === undefined ? {} : { firmware }),
      ...(sensorLocation === undefined ? {} : { sensorLocation }),
    });
  }

  /** What a strap without a link tells to everybody. */
  #broadcast(adapter: string, { atMs, strap, broadcast }: WorkerMessage & { type: 'sighting' }): void {
    const athlete = this.#scheduler.athleteOf(strap);
    if (broadcast === undefined || athlete === undefined) return;
    const nowMs = this.#options.clock.monotonicMs();
    const reading = this.#broadcasts.take({ adapter, atMs, strap, broadcast }, athlete, nowMs);
    if (reading === undefined) return;
    const { monotonicMs, measurement, batteryLow } = reading;
    this.#measured({ athlete, strap, monotonicMs, measurement, way: 'broadcast' }, adapter);
    if (batteryLow !== undefined) this.#emit({ type: 'battery', athlete, strap, monotonicMs, low: batteryLow });
  }

  #examine(worker: Worker, { rssBytes, peripherals }: WorkerMessage & { type: 'alive' }): void {
    if (rssBytes > WORKER_RSS_MAX_BYTES) {
      this.#restart(worker, `the radio worker has grown to ${Math.round(rssBytes / 1e6)} MB`);
    } else if (peripherals > PERIPHERALS_MAX) {
      this.#restart(worker, `the radio worker remembers ${peripherals} passers-by`);
    }
  }

  #restart(worker: Worker, reason: string): void {
    worker.aliveMs = undefined;
    worker.line.restart(reason);
  }

  /** A worker that hangs says nothing of it. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const beforeMs = clock.monotonicMs();
      await clock.sleep(WATCH_MS, signal);
      // Whoever was held up itself has not read yet what the workers have said meanwhile.
      if (clock.monotonicMs() - beforeMs > 2 * WATCH_MS) continue;
      for (const worker of this.#workers.values()) {
        if (worker.aliveMs === undefined || clock.monotonicMs() - worker.aliveMs <= SILENT_MS) continue;
        this.#restart(worker, `the radio worker has said nothing for ${SILENT_MS / 1000} s`);
      }
    }
  }

  #schedule(input: SchedulerInput): void {
    for (const effect of this.#scheduler.handle(input, this.#options.clock.monotonicMs())) this.#execute(effect);
    this.#arm();
  }

  #execute(effect: SchedulerEffect): void {
    const monotonicMs = this.#options.clock.monotonicMs();
    switch (effect.type) {
      case 'connect':
      case 'subscribe':
      case 'release': {
        const { adapter, ...command } = effect;
        this.#workers.get(adapter)?.line.send(command);
        return;
      }
      case 'listen': {
        const { adapter, addresses, names, ...command } = effect;
        this.#workers.get(adapter)?.line.send({ ...command, addresses: [...addresses], names: [...names] });
        return;
      }
      case 'suspect': {
        const worker = this.#workers.get(effect.adapter);
        worker === undefined ? undefined : this.#restart(worker, effect.reason);
        return;
      }
      case 'link':
      case 'conflict':
      case 'stranger':
        this.#emit({ ...effect, monotonicMs });
        return;
    }
  }

  /** One timer for the scheduler: at the time that it has named, or whenever that has come nearer. */
  #arm(): void {
    const { clock } = this.#options;
    if (this.#running === undefined || this.#running.signal.aborted) return;
    const dueMs = this.#scheduler.dueMs();
    if (this.#timer?.dueMs === dueMs) return;
    this.#timer?.off.abort('another time');
    this.#timer = undefined;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const timer = { dueMs, off: new AbortController() };
    this.#timer = timer;
    void clock.sleep(dueMs - clock.monotonicMs(), timer.off.signal).then(() => {
      if (this.#timer !== timer) return;
      this.#timer = undefined;
      this.#schedule({ type: 'tick' });
    });
  }
}

/** Nothing happens later than it is told: a stamp from the future would stop the athlete's time. */
function notAfter(nowMs: number, message: WorkerMessage): WorkerMessage {
  if (message.type === 'hello' || message.atMs <= nowMs) return message;
  if (message.type !== 'dropped') return { ...message, atMs: nowMs };
  return { ...message, atMs: nowMs, fromMs: Math.min(message.fromMs, nowMs) };
}

/** How often the workers' signs of life are looked at. */
const WATCH_MS = 1_000;
