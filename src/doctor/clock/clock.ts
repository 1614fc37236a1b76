/**
 * Is the wall clock right, as far as anybody can tell? Times go by it. What the gateway itself makes of an answer is the
 * timekeeper's (src/domain/timekeeper.ts); here a person is to learn it before the match.
 */
import { statSync } from 'node:fs';
import { type ClockTrust, PLAUSIBLE } from '../../domain/timekeeper.ts';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { processesOf } from '../processes.ts';

/** Programs that hold a clock by NTP. */
const KEEPERS = ['systemd-timesyncd', 'chronyd', 'ntpd', 'ntpsec'];

/** The store's log is written every second or so while a gateway runs. */
const STORE_FILES = ['', '-wal'];

/** More than a clock that is held ever goes back, ms. */
const BACK_MS = 60_000;

interface ClockFacts {
  readonly wallMs: number;
  /** Undefined where nobody can be asked. */
  readonly isSynchronised: boolean | undefined;
  readonly keepers: readonly string[];
  readonly trust: ClockTrust;
  /** Undefined where no gateway runs. */
  readonly isTrustedByGateway: boolean | undefined;
  /** When the store was written last, Unix ms. */
  readonly storeWrittenMs: number | undefined;
}

export const clockCheck: Check = {
  name: 'clock',
  run: async (surroundings) => [clockVerdict(await clockFacts(surroundings))],
};

async function clockFacts(surroundings: Surroundings): Promise<ClockFacts> {
  const { proc, store, nowMs, timeAuthority, clockTrust = 'auto', askGateway } = surroundings;
  const [isSynchronised, gateway] = await Promise.all([
    timeAuthority.isSynchronised(new AbortController().signal),
    askGateway(),
  ]);
  const written = STORE_FILES.flatMap((ending) => (store === undefined ? [] : (writtenMs(store.path + ending) ?? [])));
  return {
    wallMs: nowMs,
    isSynchronised,
    keepers: KEEPERS.filter((keeper) => processesOf(proc, keeper).length > 0),
    trust: clockTrust,
    isTrustedByGateway: gateway.state === 'answered' ? gateway.status.clock?.trusted : undefined,
    storeWrittenMs: written.length === 0 ? undefined : Math.max(...written),
  };
}

function clockVerdict(facts: ClockFacts): Judgement {
  const { wallMs, storeWrittenMs, isSynchronised, keepers, isTrustedByGateway } = facts;
  const now = timeText(wallMs);
  if (wallMs < PLAUSIBLE.notBeforeMs || wallMs > PLAUSIBLE.notAfterMs) {
    const when = wallMs < PLAUSIBLE.notBeforeMs ? 'before this program was made' : 'years after this program was made';
    return { verdict: 'failed', evidence: `it is ${now} by this machine’s clock, ${when}`, remedy: SET };
  }
  // A store that is from the future was written with a wrong clock once, where NTP holds the clock now.
  if (isSynchronised !== true && storeWrittenMs !== undefined && storeWrittenMs > wallMs + BACK_MS) {
    const evidence = `it is ${now} by this machine’s clock, and the store was written at ${timeText(storeWrittenMs)}, which is later`;
    return { verdict: 'failed', evidence, remedy: SET };
  }
  if (isSynchronised === true) {
    const by = keepers.length === 0 ? '' : ` (${keepers.join(', ')})`;
    if (isTrustedByGateway === false) {
      return {
        verdict: 'warning',
        evidence: `NTP holds the clock${by}, and the running gateway does not trust it yet`,
        remedy: 'wait a minute; if it stays so, the log of the gateway says why (clock.untrusted)',
      };
    }
    return { verdict: 'ok', evidence: `${now}, held by NTP${by}` };
  }
  return isSynchronised === false ? unheld(facts) : untold(facts);
}

const SET =
  'connect the gateway to a network with NTP, or set the clock with "sudo timedatectl set-time \'2026-01-31 15:00:00\'"';

const TRUST_ALWAYS =
  'where the clock is right without NTP, as with a battery, write "clock: { trust: always }" into gateway.yaml';

function unheld({ wallMs, keepers, trust }: ClockFacts): Judgement {
  if (trust === 'always') return believed(wallMs);
  const start =
    keepers.length === 0
      ? 'switch NTP on with "sudo timedatectl set-ntp true" (Debian’s package systemd-timesyncd)'
      : `connect the gateway to a network that lets NTP through; ${keepers[0]} runs`;
  return {
    verdict: 'warning',
    evidence: `NTP does not hold the clock, which says ${timeText(wallMs)}: samples wait till it does (clock.wait)`,
    remedy: `${start}; ${TRUST_ALWAYS}`,
  };
}

function untold({ wallMs, trust }: ClockFacts): Judgement {
  if (trust === 'always') return believed(wallMs);
  if (trust === 'ntp') {
    return {
      verdict: 'failed',
      evidence: 'nobody here can be asked about NTP, and clock.trust in gateway.yaml believes nobody else',
      remedy: `install systemd-timesyncd or chrony; ${TRUST_ALWAYS}`,
    };
  }
  return {
    verdict: 'warning',
    evidence: `nobody here can say whether the clock is right; it says ${timeText(wallMs)} and is believed`,
    remedy: 'install systemd-timesyncd or chrony, or see to it that the clock is right',
  };
}

function believed(wallMs: number): Judgement {
  return { verdict: 'ok', evidence: `${timeText(wallMs)}, believed without NTP (clock.trust is always)` };
}

export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function writtenMs(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
