/** The simulator's screen: the live table, and the keys that cut the uplink and stop. */
import type { EmbeddedBroker } from '../../simulator/broker.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Clock } from '../ports.ts';
import type { RecentLines } from '../telemetry/sinks.ts';
import { draw } from './live-table.ts';
import { CTRL_C, Screen } from './screen.ts';

/** The broker that is delivered to. */
export interface FarEnd {
  readonly url: string;
  readonly protocol: 4 | 5;
  /** Absent with a broker of one's own, which is not ours to cut. */
  readonly broker?: EmbeddedBroker;
}

export interface Stage {
  readonly title: string;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly realClock: Clock;
  readonly far: FarEnd;
  readonly lines: RecentLines;
  readonly end: AbortController;
}

export function screenOf({ title, gateway, clock, realClock, far, lines, end }: Stage): Screen {
  const { broker } = far;
  let isCut = false;
  let wasCut = false;
  const toggle = async () => {
    isCut = !isCut;
    wasCut = true;
    await (isCut ? broker?.cut() : broker?.restore());
  };
  return new Screen({
    input: process.stdin,
    output: process.stdout,
    draw: (columns, rows) =>
      draw(
        {
          title,
          timeMs: clock.wallMs(),
          realTimeMs: realClock.wallMs(),
          status: gateway.status(),
          reconnecting: wasCut && !isCut,
          ...(broker === undefined ? {} : { received: broker.received }),
          keys: [...(broker === undefined ? [] : [isCut ? 'u  restore the uplink' : 'u  cut the uplink']), 'q  stop'],
          log: lines.lines,
        },
        columns,
        rows,
      ),
    onKey: (key) => {
      if (key === 'q' || key === CTRL_C) end.abort('a key was pressed');
      if (key === 'u' && broker !== undefined) toggle().catch((error: unknown) => end.abort(String(error)));
    },
  });
}
