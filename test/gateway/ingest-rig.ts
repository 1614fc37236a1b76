/** An ingest loop with a real store behind it and everything about it in the test's hand. */
import { SimulatedClock } from '../../simulator/clock.ts';
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { Team } from '../../src/domain/athlete.ts';
import { Contest } from '../../src/domain/contest.ts';
import { Ledger } from '../../src/domain/ledger.ts';
import { RuleEngine } from '../../src/domain/rules/engine.ts';
import { SignalMonitor } from '../../src/domain/signal.ts';
import { Ingest } from '../../src/gateway/ingest.ts';
import { Roster } from '../../src/gateway/roster.ts';
import type { SourceEvent } from '../../src/ports.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { FaultyOutbox } from '../fakes/faulty-outbox.ts';
import { TemporaryStore } from '../fixtures/temporary-store.ts';

/** A full minute, Unix ms. */
export const T0 = 1_699_999_980_000;

export const TEAM: Team = ['7', '8'].map((id) => ({
  id,
  strap: { address: `a09e1a00000${id}` },
  rules: [{ name: 'high', kind: 'average', parameters: { window: 60_000, above: 120, coverage: 0.5 } }],
}));

export function running(limits: { ingestQueue?: number; groupCommitMs?: number } = {}) {
  const store = new TemporaryStore();
  const outbox = new FaultyOutbox(store.open());
  const clock = new SimulatedClock({ startWallMs: T0 });
  const engine = new RuleEngine(TEAM);
  const signals = new SignalMonitor();
  const roster = new Roster(TEAM, signals);
  const telemetry = new CollectedTelemetry();
  const alarms: AlertEvent[] = [];
  let stored = 0;
  const ingest = new Ingest(
    {
      clock,
      contest: new Contest(),
      engine,
      ledger: new Ledger(),
      roster,
      signals,
      outbox,
      telemetry,
      responder: { respond: (alert) => alarms.push(alert) },
      onStored: () => stored++,
      onAlerts: () => {},
    },
    { ingestQueue: 1000, groupCommitMs: 1000, ...limits },
  );
  const end = new AbortController();
  const loop = ingest.run(end.signal);
  return {
    ingest,
    engine,
    outbox,
    clock,
    roster,
    telemetry,
    alarms,
    stored: () => stored,
    beat: (athlete: string, bpm: number) => ingest.offer(measurement(athlete, clock.monotonicMs(), bpm)),
    /** One reading a second for this long. */
    play: async (athlete: string, bpm: number, seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        ingest.offer(measurement(athlete, clock.monotonicMs(), bpm));
        await clock.advanceBy(1000);
      }
    },
    end: async () => {
      end.abort();
      await loop;
    },
    remove: async () => {
      await outbox.close();
      store.remove();
    },
  };
}

export function measurement(athlete: string, monotonicMs: number, bpm: number): SourceEvent & { type: 'measurement' } {
  return {
    type: 'measurement',
    athlete,
    strap: `a09e1a00000${athlete}`,
    monotonicMs,
    measurement: { bpm, contact: 'detected', energyKj: null, rrMs: [500] },
    way: 'link',
  };
}
