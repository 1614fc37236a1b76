/** An ingest loop with everything about it in the test's hand: the straps, the clocks and the store. */
import { SimulatedClock } from '../../simulator/clock.ts';
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { Team } from '../../src/domain/athlete.ts';
import { Contest } from '../../src/domain/contest.ts';
import { Ledger } from '../../src/domain/ledger.ts';
import { RuleEngine } from '../../src/domain/rules/engine.ts';
import { SignalMonitor } from '../../src/domain/signal.ts';
import { Timekeeper } from '../../src/domain/timekeeper.ts';
import { Ingest } from '../../src/gateway/ingest.ts';
import { Roster } from '../../src/gateway/roster.ts';
import type { SourceEvent } from '../../src/ports.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { ScriptedStore } from '../fakes/scripted-store.ts';

/** A full minute, Unix ms. */
export const T0 = 1_699_999_980_000;

export const TEAM: Team = ['7', '8'].map((id) => ({
  id,
  strap: { address: `a09e1a00000${id}` },
  rules: [{ name: 'high', kind: 'average', parameters: { window: 60_000, above: 120, coverage: 0.5 } }],
}));

/** For a clock that begins at this wall time and is right, whenever that is. */
export function alwaysRight(wallMs: number): Timekeeper {
  const plausible = { notBeforeMs: Number.NEGATIVE_INFINITY, notAfterMs: Number.POSITIVE_INFINITY };
  return new Timekeeper({ trust: 'always', first: { monotonicMs: 0, wallMs }, plausible });
}

export function running(
  limits: { ingestQueue?: number; groupCommitMs?: number } = {},
  {
    store = new ScriptedStore(),
    startWallMs = T0,
    team = TEAM,
    athletesVersion,
  }: { store?: ScriptedStore; startWallMs?: number; team?: Team; athletesVersion?: string } = {},
) {
  const clock = new SimulatedClock({ startWallMs });
  const engine = new RuleEngine(team);
  const signals = new SignalMonitor();
  const roster = new Roster(team, signals);
  const telemetry = new CollectedTelemetry();
  const alarms: AlertEvent[] = [];
  const timekeeper = alwaysRight(startWallMs);
  let stored = 0;
  const ingest = new Ingest(
    {
      clock,
      realClock: clock,
      athletesVersion,
      contest: new Contest(),
      engine,
      ledger: new Ledger(),
      roster,
      signals,
      outbox: store,
      timekeeper,
      telemetry,
      responder: { respond: (alert) => alarms.push(alert) },
      onStored: () => stored++,
      onEntry: () => {},
      onAlerts: () => {},
      onTime: () => {},
    },
    { ingestQueue: 1000, groupCommitMs: 1000, ...limits },
  );
  const end = new AbortController();
  const loop = ingest.run(end.signal);
  return {
    ingest,
    engine,
    store,
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
