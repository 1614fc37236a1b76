/**
 * `npm run bench:outbox`: measures the store and its delivery beside their peers, prints a table, and with `--write` keeps
 * it in docs/benchmarks.md. `--only name` measures one part and writes nothing; `--quick` does everything in few and short
 * runs, to see that it works.
 */
import { measureParts } from '../measure-parts.ts';
import { load, machine, publish, ROOT } from '../page.ts';
import { alertPart } from './alert.ts';
import { drainPart } from './drain.ts';
import { eventLoopPart } from './event-loop.ts';
import { ingestPart } from './ingest.ts';
import { killedPart } from './killed.ts';
import { memoryPart } from './memory.ts';
import { startPart } from './start.ts';
import { Stores } from './stores.ts';
import { wirePart } from './wire.ts';
import { writtenPart } from './written.ts';

const MILLION = 1_000_000;

const begun = load();
const rows = await Stores.with(ROOT, async (stores) => {
  const full = [
    ingestPart(stores, { runs: 3, samples: MILLION }),
    drainPart(stores, { runs: 3, samples: 4 * MILLION, peerSamples: MILLION }),
    writtenPart(stores, { runs: 2, samples: 180_000, singles: 10_000 }),
    wirePart(stores, { runs: 3, samples: 100_000 }),
    memoryPart(stores, { runs: 3, liveSeconds: 30, backlogs: [MILLION, 10 * MILLION], drainSeconds: 30 }),
    eventLoopPart(stores, { runs: 3, samples: MILLION }),
    alertPart(stores, { runs: 3, samples: 4 * MILLION, phoneSeconds: 20 }),
    startPart(stores, { runs: 3, samples: 10 * MILLION }),
    killedPart(stores, { runs: 2, samples: 100_000, mqttJsSamples: 60_000 }),
  ];
  const quick = [
    ingestPart(stores, { runs: 1, samples: 20_000 }),
    drainPart(stores, { runs: 1, samples: 100_000, peerSamples: 20_000 }),
    writtenPart(stores, { runs: 1, samples: 10_000, singles: 1_000 }),
    wirePart(stores, { runs: 1, samples: 100_000 }),
    memoryPart(stores, { runs: 1, liveSeconds: 5, backlogs: [100_000, 200_000], drainSeconds: 5 }),
    eventLoopPart(stores, { runs: 1, samples: 200_000 }),
    alertPart(stores, { runs: 1, samples: 200_000, phoneSeconds: 5 }),
    startPart(stores, { runs: 1, samples: 200_000 }),
    killedPart(stores, { runs: 1, samples: 20_000, mqttJsSamples: 10_000 }),
  ];
  return await measureParts({ full, quick });
});

publish(
  {
    title: 'Outbox',
    text: `
\`npm run bench:outbox -- --write\` makes this section. It needs mosquitto and strace. Samples are those of fifty simulated
hearts, and what is filled or drained is about 120 bytes a sample as JSON. What is compared is measured in turn, in
processes of its own, on the same machine as the broker. *mosquitto* keeps all it is given for a bridge that is down,
writes it out every second (\`autosave_interval 1\`), and has every limit lifted; its publisher only counts
acknowledgements. *mqtt.js* sends each sample as a message at QoS 1, with up to 60,000 unacknowledged.

The gateway of the drains is the whole one but for its radio: what straps would send is offered to it. While it drains,
fifty of them go on sending once a second, where alerts or the event loop are measured; alerts come from a second and a
half after the start. An alert’s sample is one that
ends a window, and its time runs from being offered to the broker’s PUBACK. The event loop is watched by
\`perf_hooks.monitorEventLoopDelay\` every millisecond, which is part of each figure; slow fsyncs are strace’s.
A backlog was filled second by second, 50 samples a commit; what drains is four million, since a million are through in
three seconds, of which a third is warming up. The peers have a million, at which they are busy for 3 to 50 s.
Memory is that of \`simulate --count 50\`, with the simulated straps in it.

Bytes written are those of strace: at each fsync the blocks of 4 KiB that were written to since the last one, of a store
that is full, so that it evicts as much as it takes, and of which everything is acknowledged with the next commit; the
close is counted, and the file system’s own journal is not. No time passes between the commits. Each is waited for, and
the log is moved by its size and not by a clock, so the bytes are those of real time.

A cold start is one of which nothing of the store is in the page cache. Lost is what a peer had taken (a PUBACK, a
call that returned, a commit) and never arrived, killed once while it takes samples and once while it delivers them.

Machine: ${machine()}; a shared
virtual machine. Its load averages were ${begun} at the beginning and ${load()} at the end.`,
    rows,
  },
  process.argv,
);
