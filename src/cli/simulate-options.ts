/** The options of `sideline simulate`. */
import { type Command, InvalidArgumentError } from 'commander';

export interface SimulateOptions {
  readonly athletes?: string;
  readonly count: number;
  readonly recording?: string;
  readonly athlete?: string;
  readonly seed: number;
  readonly speed: number;
  readonly duration?: number;
  readonly start?: number;
  readonly store?: string;
  readonly uplink?: string;
  readonly queue: number;
  readonly faults: boolean;
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

export function addSimulateOptions(command: Command): Command {
  return command
    .option('--athletes <file>', 'the team of this athletes file, with simulated straps (default: an invented team)')
    .option('--count <n>', 'how many invented athletes', whole(1, 200), 12)
    .option('--recording <file>', 'play a recording (.csv or .hrm) as an athlete’s strap, from its own date on')
    .option('--athlete <id>', 'whose strap plays the recording (default: the first athlete)')
    .option('--seed <n>', 'the same seed gives the same heartbeats', whole(0, 2 ** 32 - 1), 1)
    .option('--speed <x>', 'how many times faster than life, 60 for an hour in a minute', factor, 1)
    .option('--duration <time>', 'stop after this much simulated time, as in 90s, 45m or 2h', duration)
    .option(
      '--start <time>',
      'the simulated time to begin at, ISO 8601 in UTC (default: now, or the recording’s)',
      instant,
    )
    .option('--store <file>', 'keep the store here (default: a temporary one, removed at the end)')
    .option('--uplink <url>', 'deliver to this broker, mqtt://host:port (default: an embedded one)')
    .option('--queue <n>', 'how many readings may wait between radio and store', whole(1, 1_000_000), 4096)
    .option('--no-faults', 'straps that never drop out');
}

function whole(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

/** Above this the simulation is as fast as the machine anyway. */
const SPEED_MAX = 100_000;

function factor(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= SPEED_MAX) return value;
  throw new InvalidArgumentError(`Give a number above 0, up to ${SPEED_MAX}.`);
}

function duration(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('Give a number with its unit: 90s, 45m or 2h.');
  return Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

function instant(text: string): number {
  const value = /Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw new InvalidArgumentError('Give an instant in UTC, as in 2026-01-31T15:00:00Z.');
}
