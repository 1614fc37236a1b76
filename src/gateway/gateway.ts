/**
 * The pipeline as one thing: starts its parts from the disk outwards to the radio, and stops them the other
 * way round, so that nothing comes in that has nowhere to go.
 */
import type { AlertCommand } from '../domain/alert-command.ts';
import type { Team, TeamVersion } from '../domain/athlete.ts';
import { Contest } from '../domain/contest.ts';
import { isOperatingError, messageOf } from '../domain/errors.ts';
import type { Gap } from '../domain/gap.ts';
import { type GapTotal, GapTotals } from '../domain/gap-totals.ts';
import { Ledger } from '../domain/ledger.ts';
import { type OpenAlert, RuleEngine } from '../domain/rules/engine.ts';
import type { AthleteId } from '../domain/sample.ts';
import { type AdapterNews, SignalMonitor } from '../domain/signal.ts';
import type { Timekeeper } from '../domain/timekeeper.ts';
import type {
  Backlog,
  Clock,
  HeartRateSource,
  Outbox,
  Responder,
  StrapWish,
  Supervisor,
  Telemetry,
  TimeAuthority,
  Uplink,
} from '../ports.ts';
import type { CommandAnswer } from './commands.ts';
import type { StoredCounts } from './committer.ts';
import { Delivery, type DeliveryOptions, type WaitingInLanes } from './delivery.ts';
import { entryEvent } from './entry-event.ts';
import { Flow, type FlowRates } from './flow.ts';
import { type GapsToday, TodaysGaps } from './gaps-today.ts';
import { Ingest, type IngestLimits } from './ingest.ts';
import { Progress, type ProgressReport } from './progress.ts';
import { type AthleteStatus, Roster } from './roster.ts';
import { statusLine } from './status-line.ts';
import { Supervision } from './supervision.ts';
import { TimeWatch } from './time-watch.ts';
import type { TrafficTotals } from './traffic.ts';

/** One way to the cloud, and how it is used. */
export type GatewayUplink = Omit<DeliveryOptions, 'inFlight'> & { readonly uplink: Uplink };

type DeliveringUplink = GatewayUplink & { readonly delivery: Delivery };

interface GatewayParts {
  readonly name: string;
  /** Names this run among all runs of all gateways; alerts are called after it. */
  readonly run: string;
  readonly team: Team;
  /** Of the athletes file that the team is from; absent where there is none. */
  readonly athletesVersion?: string | undefined;
  /** The clock that the heartbeats go by. */
  readonly clock: Clock;
  /** Real time, for the network and for deadlines; the same clock except in a simulation. */
  readonly realClock: Clock;
  readonly timekeeper: Timekeeper;
  /** Who is asked whether the clock is right; absent where nobody is. */
  readonly timeAuthority?: TimeAuthority | undefined;
  readonly source: HeartRateSource;
  readonly outbox: Outbox;
  /** At least one. None holds up another. */
  readonly uplinks: readonly GatewayUplink[];
  readonly responder: Responder;
  readonly supervisor: Supervisor;
  readonly telemetry: Telemetry;
  /** What people write about alerts may leave the gateway. */
  readonly sendNotes?: boolean | undefined;
  /** Told of what the store is doing that simulated time has to wait for. */
  readonly whileStoring?: ((storing: Promise<unknown>) => void) | undefined;
  readonly limits: IngestLimits & { readonly inFlight: number; readonly timeWaitMs: number };
}

export interface UplinkStatus {
  readonly role: string;
  readonly name: string;
  readonly connected: boolean;
  /** Absent while the store cannot be read. */
  readonly backlog: Backlog | undefined;
  /** The same by lanes. */
  readonly lanes?: WaitingInLanes;
  /** How old the oldest sample is that waits, ms; absent where none does, or nobody knows. */
  readonly oldestMs?: number;
  /** Unix time in ms. */
  readonly lastAcknowledgedMs: number | undefined;
  /** What is sent and has no answer yet. */
  readonly unacknowledgedBytes: number;
}

/** How an open alert stands now. */
export interface AlertStatus extends Omit<OpenAlert, 'snoozedUntilMs'> {
  /** How much longer it is to be quiet, ms; absent where it is not. */
  readonly snoozedForMs?: number;
}

export interface GatewayStatus {
  readonly athletes: readonly (AthleteStatus & {
    readonly openAlerts: readonly string[];
    /** The same, with how they stand. */
    readonly alerts?: readonly AlertStatus[];
  })[];
  readonly uplinks: readonly UplinkStatus[];
  /** As far as they were heard of. */
  readonly adapters: readonly Pick<AdapterNews, 'adapter' | 'state'>[];
  readonly store: {
    readonly epoch: string;
    readonly head: number;
    /** How many records are not known to be on the disk yet. */
    readonly pending: number;
    /** It cannot be written now. */
    readonly failing: boolean;
    /** The disk cannot be written: what is not delivered is in memory only. */
    readonly inMemory: boolean;
    /** Damage was found in it since the start, or what is left of a damaged one lies beside it. */
    readonly damaged: boolean;
  };
  readonly clock: {
    readonly trusted: boolean;
    /** By how much the stamps of this boot were put right, ms; absent where nothing was to be. */
    readonly correctionMs?: number;
  };
  /** Of the athletes file that is in force; absent where there is none. */
  readonly athletesVersion?: string;
  /** What the ledger has entered since the start. */
  readonly gaps: readonly GapTotal[];
  readonly gapsToday: GapsToday;
  /** Absent until it has run for some seconds. */
  readonly rates?: FlowRates;
}

/** What was counted since the start. */
export interface GatewayCounters {
  /** Readings that came from the radio. */
  readonly received: number;
  readonly stored: StoredCounts;
  readonly uplinks: readonly { readonly role: string; readonly traffic: TrafficTotals }[];
}

/** The role of the uplink that always is; another one is called by its role. */
export const PRIMARY = 'primary';

/** The role of the second one. */
export const MIRROR = 'mirror';

/** An athlete who was silent for longer before a restart is in the store's open gaps. */
const RECALL_MS = 600_000;

/** The parts of a stop, together below the 5 s that are promised. */
const STOP_MS = { radio: 1_500, commit: 1_000, drain: 800, uplink: 1_200 } as const;

export class Gateway {
  readonly #parts: GatewayParts;
  readonly #engine: RuleEngine;
  readonly #signals = new SignalMonitor();
  readonly #roster: Roster;
  readonly #ingest: Ingest;
  readonly #deliveries: readonly DeliveringUplink[];
  readonly #timeWatch: TimeWatch;
  readonly #gapTotals = new GapTotals();
  readonly #todaysGaps: TodaysGaps;
  readonly #flow = new Flow();
  readonly #progress: Progress;
  readonly #supervision: Supervision;
  #team: Team;
  /** Absent before the source was first told. */
  #preferred: ReadonlySet<AthleteId> | undefined;
  /** Of the ingest loop, and of the watch on the time. */
  readonly #ingestEnd = new AbortController();
  readonly #deliveryEnd = new AbortController();
  #loops: { ingest: Promise<void>; deliveries: readonly Promise<void>[]; timeWatch: Promise<void> } | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#team = parts.team;
    const { clock: heartClock, timekeeper } = parts;
    this.#todaysGaps = new TodaysGaps(() => timekeeper.wallMs(heartClock.monotonicMs()));
    this.#engine = new RuleEngine(parts.team);
    this.#roster = new Roster(parts.team, this.#signals);
    this.#deliveries = parts.uplinks.map((uplink) => ({
      ...uplink,
      delivery: new Delivery(
        {
          ...{ ...parts, ...uplink, clock: parts.realClock },
          onEntry: (gap) => this.#entered(gap),
          onRound: () => this.#supervision.round(),
        },
        { ...parts.limits, ...uplink },
      ),
    }));
    this.#ingest = new Ingest(
      {
        ...parts,
        contest: new Contest(),
        engine: this.#engine,
        ledger: new Ledger(),
        roster: this.#roster,
        signals: this.#signals,
        onStored: this.#wakeDeliveries,
        onEntry: (gap) => this.#entered(gap),
        onAlerts: () => this.#prefer(),
        onTime: () => this.#timeWatch.wake(),
        onRound: () => this.#supervision.round(),
      },
      parts.limits,
    );
    this.#timeWatch = new TimeWatch(
      { ...parts, onAnswer: this.#ingest.wake, onReleased: this.#wakeDeliveries },
      { waitMs: parts.limits.timeWaitMs },
    );
    const clock = parts.realClock;
    this.#progress = new Progress({ ...parts, clock, ingest: this.#ingest, deliveries: this.#deliveries });
    this.#supervision = new Supervision({
      ...{ ...parts, clock },
      onLook: (nowMs) => this.#note(nowMs),
      report: () => this.progress(),
      line: () => statusLine(this.status()),
    });
  }

  /**
   * Resolves when the store is being read from and the first attempts of radio and uplink have begun.
   *
   * @throws OperatingError when a part cannot even begin
   */
  async start(): Promise<void> {
    const { name, outbox, responder, run, source, team, athletesVersion, telemetry, whileStoring } = this.#parts;
    responder.start?.();
    outbox.onEntered(({ gap, before }) => {
      this.#entered(gap, before);
      // One that grows through a long outage is told once and counted always.
      if (before === undefined) telemetry.emit(entryEvent(gap));
    });
    const recalled = outbox.recall(Math.max(this.#engine.memoryMs, RECALL_MS));
    whileStoring?.(recalled);
    this.#ingest.resume(await recalled, run);
    for (const { delivery, uplink } of this.#deliveries) {
      await uplink.start(delivery.wake);
    }
    this.#loops = {
      ingest: this.#ingest.run(this.#ingestEnd.signal),
      deliveries: this.#deliveries.map(({ delivery }) => delivery.run(this.#deliveryEnd.signal)),
      timeWatch: this.#timeWatch.run(this.#ingestEnd.signal),
    };
    this.#prefer();
    await source.start(wishesOf(team), this.#ingest.offer);
    const version = athletesVersion === undefined ? {} : { athletesVersion };
    telemetry.emit({ event: 'gateway.started', gateway: name, athletes: team.length, epoch: outbox.epoch, ...version });
    this.#supervision.begin();
  }

  /**
   * Another version of the athletes file is in force from now on, for what comes; the store, what is in it and the
   * uplinks know nothing of it. To be called between `start` and `stop`.
   */
  reload(change: TeamVersion): void {
    this.#team = change.team;
    // The source first: what it tells of those who leave stands before the change in the queue.
    this.#parts.source.wish(wishesOf(change.team));
    this.#ingest.reload(change);
  }

  /** What the supervisor is to know of as a reload. */
  async reloading(reload: () => Promise<void>): Promise<void> {
    await this.#supervision.reloading(reload);
  }

  /** Whether the pipeline goes on; not meant to be asked before it was started, or after it was stopped. */
  progress(): ProgressReport {
    return this.#progress.report();
  }

  /** Rejects when a loop ends for any cause but `stop`: the process must then end too, and be restarted. */
  async failure(): Promise<never> {
    if (this.#loops === undefined) throw new Error('the gateway was not started');
    await Promise.race([this.#loops.ingest, this.#loops.timeWatch, ...this.#loops.deliveries]);
    return new Promise(() => {});
  }

  /**
   * Stops within 5 s. What was read is committed; what is committed and not delivered goes out after the
   * next start.
   *
   * @param drainMs how long what is stored may take to be delivered, when the uplink is there
   * @param hurry ends that, whatever it has come to
   */
  async stop(reason: string, drainMs: number = STOP_MS.drain, hurry?: AbortSignal): Promise<void> {
    const { responder, source, telemetry } = this.#parts;
    telemetry.emit({ event: 'gateway.stopping', reason });
    this.#supervision.end();
    await this.#within('the radio', STOP_MS.radio, source.stop());
    this.#ingestEnd.abort();
    await this.#within('the store', STOP_MS.commit, Promise.all([this.#loops?.ingest, this.#loops?.timeWatch]));
    await this.#drain(drainMs, hurry);
    this.#deliveryEnd.abort();
    const uplinks = this.#deliveries.map(({ uplink }) => uplink.stop());
    await Promise.all([
      this.#within('the uplink', STOP_MS.uplink, Promise.all([...uplinks, ...(this.#loops?.deliveries ?? [])])),
      this.#within('a response', STOP_MS.uplink, responder.stop?.()),
    ]);
    const { uplinks: left } = this.status();
    await this.#close();
    telemetry.emit({ event: 'gateway.stopped', backlog: waiting(left) });
  }

  /** What a person does about open alerts. Never rejects; resolves when it is stored, or says that it is not. */
  command(command: AlertCommand): Promise<CommandAnswer> {
    return this.#ingest.command(command);
  }

  status(): GatewayStatus {
    const { outbox, timekeeper } = this.#parts;
    const { athletesVersion } = this.#ingest;
    const rates = this.#flow.rates();
    return {
      athletes: this.#roster
        .status()
        .map((status) => ({ ...status, alerts: this.#alertsOf(status.athlete.id) }))
        .map((status) => ({ ...status, openAlerts: status.alerts.map(({ rule }) => rule) })),
      uplinks: this.#deliveries.map((each) => this.#uplinkStatus(each)),
      adapters: this.#signals.adapters(),
      store: {
        epoch: outbox.epoch,
        head: outbox.head,
        pending: this.#ingest.pending,
        failing: this.#ingest.isFailing,
        inMemory: outbox.isInMemory,
        damaged: outbox.isDamaged,
      },
      clock: {
        trusted: timekeeper.isTrusted,
        ...(timekeeper.correctionMs === undefined ? {} : { correctionMs: timekeeper.correctionMs }),
      },
      ...(athletesVersion === undefined ? {} : { athletesVersion }),
      gaps: this.#gapTotals.totals(),
      gapsToday: this.#todaysGaps.total(),
      ...(rates === undefined ? {} : { rates }),
    };
  }

  #uplinkStatus({ role, uplink, delivery }: DeliveringUplink): UplinkStatus {
    const backlog = this.#backlog(role);
    return {
      role,
      name: uplink.name,
      connected: uplink.connected,
      backlog,
      ...(backlog === undefined ? {} : { lanes: delivery.lanesOf(backlog), ...this.#ageOfOldest(role) }),
      lastAcknowledgedMs: delivery.lastAcknowledgedMs,
      unacknowledgedBytes: delivery.unacknowledgedBytes,
    };
  }

  /** Between two times of which one may be wrong there is no age. */
  #ageOfOldest(role: string): { readonly oldestMs?: number } {
    const { clock, outbox, timekeeper } = this.#parts;
    const takenMs = outbox.oldestWaitingMs(role);
    if (takenMs === undefined || !timekeeper.isTrusted) return {};
    return { oldestMs: Math.max(0, timekeeper.wallMs(clock.monotonicMs()) - takenMs) };
  }

  #entered(gap: Gap, before?: Gap): void {
    this.#gapTotals.add(gap, before);
    this.#todaysGaps.add(gap, before);
  }

  #note(atMs: number): void {
    const { outbox } = this.#parts;
    const waiting = this.#deliveries.map(({ role }) => total(this.#backlog(role)));
    this.#flow.note({ atMs, readings: this.#ingest.received, waiting, written: outbox.written });
  }

  counters(): GatewayCounters {
    const { received, stored } = this.#ingest;
    return {
      received,
      stored,
      uplinks: this.#deliveries.map(({ role, delivery }) => ({ role, traffic: delivery.traffic })),
    };
  }

  #alertsOf(athlete: AthleteId): AlertStatus[] {
    const { clock, timekeeper } = this.#parts;
    const nowMs = timekeeper.wallMs(clock.monotonicMs());
    return this.#engine
      .openAlertsOf(athlete)
      .map(({ snoozedUntilMs, ...alert }) =>
        snoozedUntilMs === undefined
          ? alert
          : { ...alert, snoozedForMs: Math.max(0, Math.round(snoozedUntilMs - nowMs)) },
      );
  }

  readonly #wakeDeliveries = (): void => {
    for (const { delivery } of this.#deliveries) delivery.wake();
  };

  /** Whoever has an open alert is to be linked first; the source is told when that is somebody else. */
  #prefer(): void {
    const { source } = this.#parts;
    const athletes = new Set(this.#team.map(({ id }) => id).filter((id) => this.#engine.openAlerts(id).length > 0));
    const before = this.#preferred;
    if (athletes.size === before?.size && [...athletes].every((id) => before.has(id))) return;
    this.#preferred = athletes;
    source.prefer(athletes);
  }

  #backlog(role: string): Backlog | undefined {
    try {
      return this.#parts.outbox.backlog(role);
    } catch (error) {
      // Delivery meets the same trouble and says so.
      if (!isOperatingError(error)) throw error;
      return undefined;
    }
  }

  /** What cannot be written now is lost, which is said and stops nothing. */
  async #close(): Promise<void> {
    const { outbox, telemetry } = this.#parts;
    let reason = 'the store took too long';
    await outbox.close().catch((error: unknown) => {
      if (!isOperatingError(error)) throw error;
      reason = messageOf(error);
    });
    const { pending: records } = this.#ingest;
    if (records > 0) telemetry.emit({ event: 'store.unsaved', records, reason });
  }

  async #drain(atMostMs: number, hurry?: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = hurry === undefined ? over.signal : AbortSignal.any([over.signal, hurry]);
    const drains = this.#deliveries
      .filter(({ uplink }) => uplink.connected)
      .map(({ delivery }) =>
        // A store that cannot be read has nothing to give; delivery has said so.
        delivery.drained(end).catch((error: unknown) => {
          if (!isOperatingError(error)) throw error;
        }),
      );
    const drained = Promise.all(drains);
    await Promise.race([drained, this.#parts.realClock.sleep(atMostMs, end)]);
    over.abort();
    await drained;
  }

  /** Waits for a part to stop, but no longer than it may take; what it throws is thrown here. */
  async #within(part: string, atMostMs: number, stopped: Promise<unknown> | undefined): Promise<void> {
    const deadline = new AbortController();
    const overdue = this.#parts.realClock.sleep(atMostMs, deadline.signal).then(() => !deadline.signal.aborted);
    const late = await Promise.race([overdue, (stopped ?? Promise.resolve()).then(() => false)]);
    deadline.abort();
    if (late) this.#parts.telemetry.emit({ event: 'gateway.stop-overdue', part });
  }
}

function wishesOf(team: Team): StrapWish[] {
  return team.map(({ id, strap }) => ({ athlete: id, match: strap }));
}

/** How many records wait in all, for the uplink for which the most do; absent where nobody can tell. */
function waiting(uplinks: readonly UplinkStatus[]): number | undefined {
  const totals = uplinks.map(({ backlog }) => total(backlog));
  return totals.reduce((most, count) =>
    most === undefined || count === undefined ? undefined : Math.max(most, count),
  );
}

export function total(backlog: Backlog | undefined): number | undefined {
  return backlog === undefined ? undefined : backlog.alerts + backlog.gaps + backlog.samples;
}
