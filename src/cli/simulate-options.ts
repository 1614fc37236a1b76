/** The options of `sideline simulate`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type LoopbackAddress, loopbackAddress, whyNoLoopback } from '../config/loopback-address.ts';

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
  readonly metrics?: LoopbackAddress;
  readonly faults: boolean;
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

export function addSimulateOptions(command: Command): Command {
  return command
    .option('--athletes <file>', 'the team of this athletes file, with simulated straps (default: an invented team)')
    .addOption(
      new Option('--count <n>', 'how many invented athletes')
        .argParser(whole(1, 200))
        .default(12)
        .conflicts(['athletes', 'recording']),
    )
    .option('--recording <file>', 'play a recording (.csv, .hrm or .fit) as an athlete’s strap, from its own date on')
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
    .option('--uplink <url>', 'deliver to this broker, mqtt://host:port (default: an embedded one)', broker)
    .option('--queue <n>', 'how many readings may wait between radio and store', whole(1, 1_000_000), 4096)
    .option('--metrics <address>', 'answer Prometheus here, as in 127.0.0.1:9464', loopback)
    .option('--no-faults', 'straps that never drop out')
    .hook('preAction', refuseAthleteWithoutRecording);
}

function refuseAthleteWithoutRecording(command: Command): void {
  const { athlete, recording } = command.opts<SimulateOptions>();
  if (athlete !== undefined && recording === undefined) {
    command.error("error: option '--athlete <id>' needs '--recording <file>', which that athlete is to play");
  }
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

const INSTANT_PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/;

function instant(text: string): number {
  const value = INSTANT_PATTERN.test(text) ? Date.parse(text) : Number.NaN;
  // JavaScript takes 30 February for 2 March, so the date has to come back as it was given.
  if (!Number.isNaN(value) && new Date(value).toISOString().startsWith(text.slice(0, 16))) return value;
  throw new InvalidArgumentError('Give an instant in UTC that exists, as in 2026-01-31T15:00:00Z.');
}

function loopback(text: string): LoopbackAddress {
  const why = whyNoLoopback(text);
  if (why === undefined) return loopbackAddress(text);
  throw new InvalidArgumentError(`It ${why.replace('{value}', text)}.`);
}

function broker(text: string): string {
  const { protocol, hostname } = URL.canParse(text) ? new URL(text) : { protocol: '', hostname: '' };
  if ((protocol === 'mqtt:' || protocol === 'mqtts:') && hostname !== '') return text;
  throw new InvalidArgumentError('Give a broker as mqtt://host:port or mqtts://host:port.');
}
