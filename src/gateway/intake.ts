/**
 * What an event from the radio means: what is to be stored, what the rules say to it, what the ledger enters, what is
 * told. It decides nothing about when and how things are stored: that is the ingest loop's.
 */
import type { AlertEvent } from '../domain/alert.ts';
import type { Contest } from '../domain/contest.ts';
import type { Gap } from '../domain/gap.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { RuleEngine } from '../domain/rules/engine.ts';
import type { Sample } from '../domain/sample.ts';
import { isLossState, type SignalChange, type SignalMonitor } from '../domain/signal.ts';
import type { Timekeeper } from '../domain/timekeeper.ts';
import type { Clock, SourceEvent, Telemetry } from '../ports.ts';
import type { Roster } from './roster.ts';

export interface IntakeParts {
  readonly clock: Clock;
  readonly contest: Contest;
  readonly engine: RuleEngine;
  readonly ledger: Ledger;
  readonly roster: Roster;
  readonly signals: SignalMonitor;
  readonly telemetry: Telemetry;
  readonly timekeeper: Timekeeper;
}

/** Who keeps what comes of the events. */
export interface Keeper {
  keep(sample: Sample): void;
  enter(gap: Gap): void;
  alert(alerts: readonly AlertEvent[]): void;
}

type EventOf<Type extends SourceEvent['type']> = SourceEvent & { readonly type: Type };

export class Intake {
  readonly #parts: IntakeParts;
  readonly #keeper: Keeper;

  constructor(parts: IntakeParts, keeper: Keeper) {
    this.#parts = parts;
    this.#keeper = keeper;
  }

  take(event: SourceEvent): void {
    switch (event.type) {
      case 'measurement':
        this.#parts.roster.heard(event.athlete, event.reception?.adapter, event.reception);
        this.#reading(this.#sampleOf(event));
        break;
      case 'malformed':
        this.#malformed(event);
        break;
      case 'dropped':
        this.#dropped(event);
        break;
      case 'link':
        this.#link(event);
        break;
      case 'battery':
        this.#battery(event);
        break;
      case 'device':
        this.#device(event);
        break;
      case 'conflict':
        this.#conflict(event);
        break;
      case 'stranger':
        this.#parts.telemetry.emit({ event: 'strap.stranger', strap: event.strap, rssi: event.rssi });
        break;
      case 'adapter':
        this.#adapter(event);
        break;
    }
  }

  /** Every event up to this monotonic time has been taken. */
  passed(monotonicMs: number): void {
    const { ledger, signals } = this.#parts;
    this.#signal(signals.passed(monotonicMs));
    for (const gap of ledger.silences(monotonicMs)) this.#keeper.enter(gap);
  }

  #reading(reading: Sample): void {
    const { clock, contest, engine, ledger, roster, signals, telemetry } = this.#parts;
    const { athlete, strap } = reading;
    const nowMs = clock.monotonicMs();
    const { reasons, begun } = contest.reading(reading);
    for (const reason of begun) telemetry.emit({ event: 'strap.contested', athlete, strap, reason });
    const sample = reasons.length === 0 ? reading : { ...reading, contested: reasons };
    roster.reading(sample);
    this.#signal(signals.reading(sample, nowMs));
    const gap = ledger.reading(sample, nowMs);
    if (gap !== undefined) this.#keeper.enter(gap);
    this.#keeper.keep(sample);
    this.#keeper.alert(engine.step(sample, { isFrozen: signals.stateOf(athlete) === 'frozen' }));
  }

  #malformed({ athlete, monotonicMs }: EventOf<'malformed'>): void {
    this.#parts.ledger.lost({ athlete, cause: 'malformed', fromMs: this.#wallOf(monotonicMs) });
  }

  #dropped({ athlete, fromMonotonicMs, monotonicMs, count }: EventOf<'dropped'>): void {
    const fromMs = this.#wallOf(fromMonotonicMs);
    const toMs = Math.max(fromMs, this.#wallOf(monotonicMs));
    this.#parts.ledger.lost({ athlete, cause: 'radio-dropped', fromMs, toMs, count });
  }

  #link(event: EventOf<'link'>): void {
    const { roster, signals, telemetry } = this.#parts;
    const { athlete, strap, state, reason = 'no reason given' } = event;
    if (state === 'subscribed') telemetry.emit({ event: 'strap.subscribed', athlete, strap });
    if (state === 'failed') telemetry.emit({ event: 'strap.failed', athlete, strap, reason });
    if (state === 'lost') telemetry.emit({ event: 'strap.lost', athlete, strap, reason });
    roster.connecting(athlete, state === 'connecting');
    roster.heard(athlete, event.adapter, event.reception);
    this.#signal(signals.link(event));
  }

  #battery(event: EventOf<'battery'>): void {
    const { engine, signals, telemetry } = this.#parts;
    const { athlete, strap, percent } = event;
    const low = signals.battery(event);
    if (low === undefined) return;
    telemetry.emit({ event: 'strap.battery-low', athlete, strap, ...(percent === undefined ? {} : { percent }) });
    this.#keeper.alert(engine.signal(low, this.#wallOf(low.monotonicMs)));
  }

  #device({ type: _, monotonicMs: __, ...device }: EventOf<'device'>): void {
    this.#parts.telemetry.emit({ event: 'strap.device', ...device });
  }

  #conflict({ athlete, strap, conflict, other, monotonicMs }: EventOf<'conflict'>): void {
    const { contest, telemetry } = this.#parts;
    const who = other === undefined ? {} : { other };
    telemetry.emit({ event: 'strap.conflict', athlete, strap, conflict, ...who });
    // The other two are told and leave no doubt about the strap that is read.
    if (conflict === 'second-advertiser' || conflict === 'gatt-table-changed') {
      contest.doubt(athlete, conflict, monotonicMs);
    }
  }

  #adapter(event: EventOf<'adapter'>): void {
    const { signals, telemetry } = this.#parts;
    const { adapter, state, reason = 'no reason given', retryInMs } = event;
    if (state === 'ready') telemetry.emit({ event: 'radio.adapter-ready', adapter });
    else {
      const again = retryInMs === undefined ? {} : { retryInMs };
      telemetry.emit({ event: 'radio.adapter-lost', adapter, reason, ...again });
    }
    this.#signal(signals.adapter(event));
  }

  #signal(changes: readonly SignalChange[]): void {
    const { engine, ledger, telemetry } = this.#parts;
    for (const change of changes) {
      const { athlete, state, monotonicMs, evidence } = change;
      if (isLossState(state)) ledger.interrupted(athlete, state);
      telemetry.emit({ event: `signal.${state}`, athlete, evidence });
      this.#keeper.alert(engine.signal(change, this.#wallOf(monotonicMs)));
    }
  }

  #sampleOf({ athlete, strap, monotonicMs, measurement, way }: EventOf<'measurement'>): Sample {
    const { bpm, contact, energyKj, rrMs } = measurement;
    return {
      athlete,
      strap,
      timeMs: this.#wallOf(monotonicMs),
      monotonicMs,
      ...(bpm === 0 ? {} : { bpm }),
      rrMs,
      contact,
      ...(energyKj === null ? {} : { energyKj }),
      ...(way === 'link' ? {} : { way }),
    };
  }

  #wallOf(monotonicMs: number): number {
    return this.#parts.timekeeper.stamp(monotonicMs).timeMs;
  }
}
