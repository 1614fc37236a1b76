/**
 * `npm run bench:radio`: measures the radio on the virtual radio, with the compiled gateway and its worker processes,
 * prints a table, and with `--write` keeps it in docs/benchmarks.md. `--only name` measures one part and writes nothing;
 * `--quick` does everything in few and short runs, to see that it works.
 */
import { measureParts } from '../measure-parts.ts';
import { load, machine, publish } from '../page.ts';
import { firstSamplePart } from './first-sample.ts';
import { hungConnectPart } from './hung-connect.ts';
import { memoryPart } from './memory.ts';
import { notificationsPart } from './notifications.ts';
import { reconnectPart } from './reconnect.ts';
import { workerKilledPart } from './worker-killed.ts';

const full = [
  notificationsPart(3, 60),
  firstSamplePart({ runs: 5, airRuns: 3 }),
  reconnectPart(100),
  workerKilledPart(5),
  hungConnectPart({ times: 5, naivePatienceMs: 60_000 }),
  memoryPart(3, { seconds: 30, passers: 50_000 }),
];

const quick = [
  notificationsPart(1, 5),
  firstSamplePart({ runs: 1, airRuns: 1 }),
  reconnectPart(7),
  workerKilledPart(1),
  hungConnectPart({ times: 1, naivePatienceMs: 10_000 }),
  memoryPart(1, { seconds: 2, passers: 1_000 }),
];

const begun = load();
const rows = await measureParts({ full, quick });

publish(
  {
    title: 'Radio',
    text: `
\`npm run bench:radio -- --write\` makes this section. It needs btvirt, a C compiler and mosquitto. The gateway is the
compiled program with a config of its own that names virtual adapters (\`h4:unix:…\`), and a worker process for each of
them; straps are real peripherals (bleno) on BlueZ's emulated controllers, sending once a second unless it is said.
Group commit is left at its default of 1 s. That a sample is stored is seen at a subscriber of a local broker, to whom
nothing goes before it is committed. noble alone is noble in one process, as its README shows it, over the same controllers.

The emulated air takes no time. *With time on the air* there is something between worker and adapter that takes it:
what goes over a link waits for the next of its connection events, 200 ms apart, an advertisement (every 200 ms) is
heard in the windows of the scan only, and a connection begins with one of them. Until it is subscribed to a strap is
asked six things, which alone take 2.2 s then. A virtual strap notifies for the first time 1 s after it is subscribed
to, a real one with its next heartbeat or second.

A killed worker's adapter goes on without it, as a USB adapter does. Passers-by have an address each, and every second
one says that it is a heart-rate strap. What the gateway grows by with the number of samples is SQLite's page cache,
which better-sqlite3 lets have 16 MB.

Machine: ${machine()}; a shared
virtual machine. Its load averages were ${begun} at the beginning and ${load()} at the end.`,
    rows,
  },
  process.argv,
);
