/**
 * What whoever supervises the process is told, and the log, of how the pipeline goes on. It is called after the rounds of
 * the loops and by nothing else, so that a pipeline that stands still feeds no watchdog.
 */
import type { Clock, Supervisor, Telemetry } from '../ports.ts';
import type { ProgressReport } from './progress.ts';

/** Rounds are many; so often they are looked at. */
const LOOK_MS = 1_000;

export interface SupervisionParts {
  /** Real time. */
  readonly clock: Clock;
  readonly supervisor: Supervisor;
  readonly telemetry: Telemetry;
  /** Called with each look. */
  readonly onLook: (nowMs: number) => void;
  readonly report: () => ProgressReport;
  /** How things are, on one line for people. */
  readonly line: () => string;
}

export class Supervision {
  readonly #parts: SupervisionParts;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** Nothing is told before the start is over. */
  #isOn = false;
  #told = new Set<string>();

  constructor(parts: SupervisionParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#isOn = true;
    this.#parts.supervisor.ready();
  }

  end(): void {
    this.#isOn = false;
    this.#parts.supervisor.stopping();
  }

  /** Has systemd know that the configuration is being read anew, for as long as that takes. */
  async reloading(reload: () => Promise<void>): Promise<void> {
    const { supervisor } = this.#parts;
    if (!this.#isOn) return await reload();
    supervisor.reloading();
    try {
      await reload();
    } finally {
      if (this.#isOn) supervisor.ready();
    }
  }

  /** A loop has made a round. */
  readonly round = (): void => {
    const { clock, line, onLook, report, supervisor } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (!this.#isOn || nowMs - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = nowMs;
    onLook(nowMs);
    const { ok, stuck } = report();
    this.#tell(stuck);
    if (ok) supervisor.progress();
    supervisor.status(line);
  };

  /** Once, until it goes on again. */
  #tell(stuck: ProgressReport['stuck']): void {
    const before = this.#told;
    this.#told = new Set();
    for (const { part, uplink, forMs } of stuck) {
      const key = `${part} ${uplink}`;
      this.#told.add(key);
      if (before.has(key)) continue;
      const whose = uplink === undefined ? {} : { uplink };
      this.#parts.telemetry.emit({ event: 'gateway.stuck', part, seconds: Math.round(forMs / 1000), ...whose });
    }
  }
}
