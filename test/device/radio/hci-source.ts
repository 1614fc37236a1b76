/**
 * A program for a process of its own: starts the source on a real adapter, waits for what comes of it, stops
 * and prints the events. A machine may or may not have Bluetooth.
 */
import { hciNoble } from '../../../device/radio/noble.ts';
import { NobleSource } from '../../../device/radio/noble-source.ts';
import type { SourceEvent } from '../../../src/ports.ts';
import { SystemClock } from '../../../src/system/clock.ts';

const adapter = process.argv[2] ?? 'hci0';
const clock = new SystemClock();
const events: SourceEvent[] = [];
const heard = new AbortController();
const source = new NobleSource({
  adapter,
  createNoble: hciNoble(adapter),
  clock,
  random: () => 0.5,
  timing: { startUpMs: 3_000 },
});
await source.start([{ athlete: '7', match: { address: '000000000000' } }], (event) => {
  events.push(event);
  heard.abort();
});
await clock.sleep(10_000, heard.signal);
await source.stop();
process.stdout.write(JSON.stringify(events));
