/** A scheduler, and short words for what is told to it and what it wants; time stands still unless it is moved. */
import { Scheduler } from '../../../../device/radio/team/scheduler.ts';
import type {
  HeldLink,
  SchedulerEffect,
  SchedulerInput,
  SchedulerOptions,
  SightingInput,
} from '../../../../device/radio/team/scheduling.ts';
import type { StrapMatch } from '../../../../src/domain/athlete.ts';

type Effect<T extends SchedulerEffect['type']> = SchedulerEffect & { readonly type: T };

/** The n-th strap's address. */
export const address = (n: number): string => (0xa000 + n).toString(16).padStart(12, '0');

/** Athletes "1", "2" and so on, with the straps of these numbers. */
export function byAddress(...numbers: readonly number[]): StrapMatch[] {
  return numbers.map((n) => ({ address: address(n) }));
}

export class Script {
  readonly scheduler: Scheduler;
  readonly effects: SchedulerEffect[] = [];
  nowMs = 0;

  constructor(matches: readonly StrapMatch[], options: Omit<Partial<SchedulerOptions>, 'wishes'> = {}) {
    const wishes = matches.map((match, index) => ({ athlete: `${index + 1}`, match }));
    this.scheduler = new Scheduler({ random: () => 0, ...options, wishes });
  }

  tell(input: SchedulerInput): SchedulerEffect[] {
    const effects = this.scheduler.handle(input, this.nowMs);
    this.effects.push(...effects);
    return effects;
  }

  ready(adapter: string, links: readonly HeldLink[] = []): SchedulerEffect[] {
    return this.tell({ type: 'adapter-ready', adapter, links });
  }

  hear(adapter: string, strap: string, more: Partial<SightingInput> = {}): SchedulerEffect[] {
    return this.tell({
      type: 'sighting',
      adapter,
      atMs: this.nowMs,
      strap,
      addressType: 'random',
      rssi: -60,
      connectable: true,
      heartRate: true,
      ...more,
    });
  }

  link(adapter: string, strap: string, state: 'connecting' | 'connected' | 'subscribed'): SchedulerEffect[] {
    return this.tell({ type: 'link', adapter, strap, state });
  }

  end(adapter: string, strap: string, code?: number): SchedulerEffect[] {
    return this.tell({ type: 'link', adapter, strap, state: 'ended', code, reason: 'so it was' });
  }

  /** Moves the time on, with a tick whenever one is due. */
  pass(ms: number): SchedulerEffect[] {
    const from = this.effects.length;
    const untilMs = this.nowMs + ms;
    while (this.scheduler.dueMs() <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.scheduler.dueMs());
      this.tell({ type: 'tick' });
    }
    this.nowMs = untilMs;
    return this.effects.slice(from);
  }

  /** Hears a strap, and sees it through to its subscription, whatever it takes. */
  subscribe(adapter: string, strap: string, more: Partial<SightingInput> = {}): void {
    this.hear(adapter, strap, more);
    this.pass(300);
    this.link(adapter, strap, 'connected');
    this.link(adapter, strap, 'subscribed');
  }

  /** Several straps go on advertising, with these names. */
  advertise(ms: number, straps: Readonly<Record<string, string | undefined>>): void {
    for (let i = 0; i < ms; i += 500) {
      for (const [strap, name] of Object.entries(straps)) this.hear('hci0', strap, { name });
      this.pass(500);
    }
  }

  all<T extends SchedulerEffect['type']>(type: T): Effect<T>[] {
    return this.effects.filter((effect): effect is Effect<T> => effect.type === type);
  }

  /** The straps that were to be connected, in order, and over which adapter. */
  get connects(): string[] {
    return this.all('connect').map(({ adapter, strap }) => `${strap.slice(-2)} over ${adapter}`);
  }

  /** What was reported of an athlete's links. */
  states(athlete: string): string[] {
    return this.all('link')
      .filter((report) => report.athlete === athlete)
      .map(({ state }) => state);
  }

  get conflicts(): string[] {
    return this.all('conflict').map(({ athlete, conflict, strap, other }) => {
      return `${conflict}: ${athlete} ${strap.slice(-2)} ${other === undefined ? '' : other.slice(-2)}`.trim();
    });
  }
}

/** A team whose one adapter is ready. */
export function begun(...matches: readonly StrapMatch[]): Script {
  const script = new Script(matches);
  script.ready('hci0');
  return script;
}
