/** An ingest loop and a watch on the time, on a machine whose wall clock and NTP are in the test's hand. */
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { Team } from '../../src/domain/athlete.ts';
import { Contest } from '../../src/domain/contest.ts';
import { Ledger } from '../../src/domain/ledger.ts';
import { RuleEngine } from '../../src/domain/rules/engine.ts';
import { SignalMonitor } from '../../src/domain/signal.ts';
import { type ClockTrust, Timekeeper } from '../../src/domain/timekeeper.ts';
import { Ingest } from '../../src/gateway/ingest.ts';
import { Roster } from '../../src/gateway/roster.ts';
import { TimeWatch } from '../../src/gateway/time-watch.ts';
import type { TimeAuthority } from '../../src/ports.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { ScriptedStore } from '../fakes/scripted-store.ts';
import { SettableClock } from '../fakes/settable-clock.ts';
import { measurement, TEAM } from './ingest-rig.ts';

export const HOUR = 3_600_000;
export const YEAR = 365 * 24 * HOUR;

/** What is right, whatever the machine's clock says: when it was booted, a full minute; Unix ms. */
export const BOOTED = Date.UTC(2026, 10, 23, 9);

/** NTP as a test wants it: undefined for a machine that has none. */
export class Ntp implements TimeAuthority {
  synchronised: boolean | undefined;
  asked = 0;

  constructor(synchronised: boolean | undefined) {
    this.synchronised = synchronised;
  }

  async isSynchronised(): Promise<boolean | undefined> {
    this.asked++;
    return this.synchronised;
  }
}

export interface Machine {
  readonly store?: ScriptedStore;
  readonly team?: Team;
  /** Whose time goes on where the process is started anew. */
  readonly clock?: SettableClock;
  readonly wallMs?: number;
  readonly synchronised?: boolean | undefined;
  readonly trust?: ClockTrust;
  readonly waitMs?: number;
}

export async function started(machine: Machine = {}) {
  const { team = TEAM } = machine;
  const store = machine.store ?? new ScriptedStore();
  const clock = machine.clock ?? new SettableClock({ startWallMs: BOOTED });
  if (machine.wallMs !== undefined) clock.set(machine.wallMs);
  const ntp = new Ntp(machine.synchronised);
  const telemetry = new CollectedTelemetry();
  const first = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  const timekeeper = new Timekeeper({ trust: machine.trust ?? 'auto', first });
  const engine = new RuleEngine(team);
  const signals = new SignalMonitor();
  const alarms: AlertEvent[] = [];
  let released = 0;
  const parts = { clock, timekeeper, telemetry, outbox: store };
  const ingest = new Ingest(
    {
      realClock: clock,
      ...parts,
      contest: new Contest(),
      engine,
      ledger: new Ledger(),
      roster: new Roster(team, signals),
      signals,
      responder: { respond: (alert) => alarms.push(alert) },
      onStored: () => {},
      onEntry: () => {},
      onAlerts: () => {},
      onTime: () => watch.wake(),
    },
    { ingestQueue: 1_000, groupCommitMs: 1_000 },
  );
  const onReleased = () => released++;
  const watch = new TimeWatch(
    { ...parts, timeAuthority: ntp, onAnswer: ingest.wake, onReleased },
    { waitMs: machine.waitMs ?? 6 * HOUR },
  );
  ingest.resume(await store.recall(), 'run');
  const end = new AbortController();
  const loops = Promise.all([ingest.run(end.signal), watch.run(end.signal)]);
  return {
    store,
    clock,
    ntp,
    telemetry,
    timekeeper,
    engine,
    alarms,
    released: () => released,
    /** How much time has gone by since the boot, ms. */
    sinceMs: () => clock.monotonicMs(),
    /** One and the same reading a second for this long. */
    freeze: async (bpm: number, seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        ingest.offer(measurement('7', clock.monotonicMs(), bpm));
        await clock.advanceBy(1_000);
      }
    },
    /** One reading a second for this long. */
    play: async (bpm: number, seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        const event = measurement('7', clock.monotonicMs(), bpm);
        // A heart that beats: one and the same reading for minutes would be a frozen strap.
        ingest.offer({ ...event, measurement: { ...event.measurement, rrMs: [60_000 / bpm + (i % 7)] } });
        await clock.advanceBy(1_000);
      }
    },
    end: async () => {
      end.abort();
      await loops;
    },
    /** The process is gone, with what was in its memory. */
    kill: () => {
      store.hold();
      end.abort();
      loops.catch(() => {});
    },
  };
}
