/**
 * The pipeline as one thing: starts its parts from the disk outwards to the radio, and stops them the other
 * way round, so that nothing comes in that has nowhere to go.
 */
import type { Team } from '../domain/athlete.ts';
import { Contest } from '../domain/contest.ts';
import { isOperatingError, messageOf } from '../domain/errors.ts';
import { Ledger } from '../domain/ledger.ts';
import { RuleEngine } from '../domain/rules/engine.ts';
import type { AthleteId } from '../domain/sample.ts';
import { SignalMonitor } from '../domain/signal.ts';
import type { Backlog, Clock, HeartRateSource, Outbox, Responder, Supervisor, Telemetry, Uplink } from '../ports.ts';
import { Delivery } from './delivery.ts';
import { Ingest, type IngestLimits } from './ingest.ts';
import { type AthleteStatus, Roster } from './roster.ts';

interface GatewayParts {
  readonly name: string;
  readonly team: Team;
  /** The clock that the heartbeats go by. */
  readonly clock: Clock;
  /** Real time, for the network and for deadlines; the same clock except in a simulation. */
  readonly realClock: Clock;
  readonly source: HeartRateSource;
  readonly outbox: Outbox;
  readonly uplink: Uplink;
  readonly responder: Responder;
  readonly supervisor: Supervisor;
  readonly telemetry: Telemetry;
  readonly limits: IngestLimits & { readonly inFlight: number };
}

export interface GatewayStatus {
  readonly athletes: readonly (AthleteStatus & { readonly openAlerts: readonly string[] })[];
  /** Absent while the store cannot be read. */
  readonly backlog: Backlog | undefined;
  readonly connected: boolean;
  /** Unix time in ms. */
  readonly lastAcknowledgedMs: number | undefined;
}

/** An athlete who was silent for longer before a restart is in the store's open gaps. */
const RECALL_MS = 600_000;

/** The parts of a stop, together below the 5 s that are promised. */
const STOP_MS = { radio: 1_500, commit: 1_000, drain: 800, uplink: 1_200 } as const;

export class Gateway {
  readonly #parts: GatewayParts;
  readonly #engine: RuleEngine;
  readonly #roster: Roster;
  readonly #ingest: Ingest;
  readonly #delivery: Delivery;
  /** Absent before the source was first told. */
  #preferred: ReadonlySet<AthleteId> | undefined;
  readonly #ingestEnd = new AbortController();
  readonly #deliveryEnd = new AbortController();
  #loops: { ingest: Promise<void>; delivery: Promise<void> } | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#engine = new RuleEngine(parts.team);
    const signals = new SignalMonitor();
    this.#roster = new Roster(parts.team, signals);
    this.#delivery = new Delivery({ ...parts, clock: parts.realClock }, parts.limits);
    this.#ingest = new Ingest(
      {
        ...parts,
        contest: new Contest(),
        engine: this.#engine,
        ledger: new Ledger(),
        roster: this.#roster,
        signals,
        onStored: this.#delivery.wake,
        onAlerts: () => this.#prefer(),
      },
      parts.limits,
    );
  }

  /**
   * Resolves when the store is being read from and the first attempts of radio and uplink have begun.
   *
   * @throws OperatingError when a part cannot even begin
   */
  async start(): Promise<void> {
    const { name, outbox, source, supervisor, team, telemetry, uplink } = this.#parts;
    this.#ingest.resume(await outbox.recall(Math.max(this.#engine.memoryMs, RECALL_MS)));
    await uplink.start(() => {
      this.#delivery.wake();
      supervisor.status(uplink.connected ? 'uplink connected' : 'uplink down, storing');
    });
    this.#loops = {
      ingest: this.#ingest.run(this.#ingestEnd.signal),
      delivery: this.#delivery.run(this.#deliveryEnd.signal),
    };
    this.#prefer();
    await source.start(
      team.map(({ id, strap }) => ({ athlete: id, match: strap })),
      this.#ingest.offer,
    );
    telemetry.emit({ event: 'gateway.started', gateway: name, athletes: team.length, epoch: outbox.epoch });
    supervisor.ready();
  }

  /** Rejects when a loop ends for any cause but `stop`: the process must then end too, and be restarted. */
  async failure(): Promise<never> {
    if (this.#loops === undefined) throw new Error('the gateway was not started');
    await Promise.race(Object.values(this.#loops));
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
    const { source, supervisor, telemetry, uplink } = this.#parts;
    telemetry.emit({ event: 'gateway.stopping', reason });
    supervisor.stopping();
    await this.#within('the radio', STOP_MS.radio, source.stop());
    this.#ingestEnd.abort();
    await this.#within('the store', STOP_MS.commit, this.#loops?.ingest);
    if (uplink.connected) await this.#drain(drainMs, hurry);
    this.#deliveryEnd.abort();
    await this.#within('the uplink', STOP_MS.uplink, Promise.all([uplink.stop(), this.#loops?.delivery]));
    const backlog = this.#backlog();
    await this.#close();
    telemetry.emit({ event: 'gateway.stopped', backlog: total(backlog) });
  }

  status(): GatewayStatus {
    const { uplink } = this.#parts;
    return {
      athletes: this.#roster
        .status()
        .map((status) => ({ ...status, openAlerts: this.#engine.openAlerts(status.athlete.id) })),
      backlog: this.#backlog(),
      connected: uplink.connected,
      lastAcknowledgedMs: this.#delivery.lastAcknowledgedMs,
    };
  }

  /** Whoever has an open alert is to be linked first; the source is told when that is somebody else. */
  #prefer(): void {
    const { source, team } = this.#parts;
    const athletes = new Set(team.map(({ id }) => id).filter((id) => this.#engine.openAlerts(id).length > 0));
    const before = this.#preferred;
    if (athletes.size === before?.size && [...athletes].every((id) => before.has(id))) return;
    this.#preferred = athletes;
    source.prefer(athletes);
  }

  #backlog(): Backlog | undefined {
    try {
      return this.#parts.outbox.backlog();
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
    // A store that cannot be read has nothing to give; delivery has said so.
    const drained = this.#delivery.drained(end).catch((error: unknown) => {
      if (!isOperatingError(error)) throw error;
    });
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

/** How many records wait in all; absent where nobody can tell. */
export function total(backlog: Backlog | undefined): number | undefined {
  return backlog === undefined ? undefined : backlog.alerts + backlog.gaps + backlog.samples;
}
