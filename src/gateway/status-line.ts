/** How a gateway is, on the one line that `systemctl status` shows. Numbers only, and nobody's name. */
import type { Backlog } from '../ports.ts';

export interface LineParts {
  readonly athletes: readonly { readonly signal: string; readonly openAlerts: readonly string[] }[];
  readonly adapters: readonly { readonly adapter: string; readonly state: 'ready' | 'lost' }[];
  /** The first one is always there; another one mirrors it. */
  readonly uplinks: readonly {
    readonly role: string;
    readonly connected: boolean;
    readonly backlog: Backlog | undefined;
  }[];
  readonly store: { readonly failing: boolean; readonly inMemory: boolean };
}

/** As in "12 of 14 athletes live, 2 open alerts; uplink connected, 81 records wait". */
export function statusLine({ athletes, adapters, uplinks, store }: LineParts): string {
  const live = athletes.filter(({ signal }) => signal === 'live').length;
  const alerts = athletes.reduce((sum, { openAlerts }) => sum + openAlerts.length, 0);
  const lost = adapters.filter(({ state }) => state === 'lost').map(({ adapter }) => adapter);
  return [
    `${live} of ${counted(athletes.length, 'athlete')} live, ${counted(alerts, 'open alert')}`,
    ...uplinks.map(({ role, connected, backlog }, index) => {
      const state = connected ? 'connected' : 'down, storing';
      return `${index === 0 ? 'uplink' : role} ${state}, ${waitingText(backlog)}`;
    }),
    ...(lost.length === 0 ? [] : [`adapter ${lost.join(', ')} lost`]),
    ...(store.inMemory ? ['THE DISK FAILS, records are in memory only'] : []),
    ...(store.failing && !store.inMemory ? ['the store cannot be written'] : []),
  ].join('; ');
}

function waitingText(backlog: Backlog | undefined): string {
  if (backlog === undefined) return 'unknown how many records wait';
  const records = backlog.alerts + backlog.gaps + backlog.samples;
  return records === 1 ? '1 record waits' : `${records} records wait`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
