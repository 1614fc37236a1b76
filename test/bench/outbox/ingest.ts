/** How many samples a second are accepted, which is to say on the disk: here, and by mosquitto, which writes once a second. */
import { freePort } from '../../fixtures/free-port.ts';
import { syncsPerSecond } from '../disk.ts';
import { spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { AUTOSAVE_SECONDS, createBridge } from './bridge.ts';
import { runJob } from './job-run.ts';
import { publicationsBetween } from './messages.ts';
import { PlainPublisher } from './plain-publisher.ts';
import type { Stores } from './stores.ts';

const GROUP = 100;

interface IngestFigures {
  readonly perSecond: number;
  readonly gatheredPerSecond: number;
  readonly syncsPerSecond: number;
  readonly mosquittoPerSecond: number;
}

async function measureIngest(stores: Stores, samples: number): Promise<IngestFigures> {
  const { seconds } = await stores.withEmpty(
    async (path) => await runJob({ kind: 'append', path, from: 0, to: samples, group: GROUP, tells: false }),
  );
  const gathered = await stores.withEmpty(
    async (path) => await runJob({ kind: 'take', path, from: 0, to: samples, group: GROUP }),
  );
  return {
    perSecond: samples / seconds,
    gatheredPerSecond: samples / gathered.seconds,
    syncsPerSecond: syncsPerSecond(stores.folder),
    mosquittoPerSecond: samples / (await mosquittoSeconds(samples)),
  };
}

/** Nobody is there to take them, so it keeps them all. */
async function mosquittoSeconds(samples: number): Promise<number> {
  const bridge = await createBridge(await freePort());
  try {
    await bridge.start();
    const publisher = await PlainPublisher.connect(bridge.port);
    const seconds = await publisher.publish(publicationsBetween(0, samples));
    const { acknowledged } = publisher;
    publisher.end();
    if (acknowledged !== samples) throw new Error(`mosquitto has acknowledged ${acknowledged} of ${samples}`);
    return seconds;
  } finally {
    await bridge.remove();
  }
}

export function ingestPart(stores: Stores, { runs, samples }: { runs: number; samples: number }): Part {
  return {
    name: 'ingest',
    rows: async (progress) => {
      const figures = await repeat(runs, async () => {
        const run = await measureIngest(stores, samples);
        progress('run', run);
        return run;
      });
      const of = (value: (run: IngestFigures) => number, digits: number) => spread(figures.map(value), digits);
      return [
        { what: `samples accepted a second, FULL, groups of ${GROUP}`, figures: of((run) => run.perSecond, 0) },
        { what: '— fdatasync a second on this disk', figures: of((run) => run.syncsPerSecond, 0) },
        {
          what: '— samples ÷ fdatasync',
          goal: '≥ 30',
          figures: of((run) => run.perSecond / run.syncsPerSecond, 1),
        },
        {
          what: `— mosquitto, on its disk within ${AUTOSAVE_SECONDS} s, a second`,
          figures: of((run) => run.mosquittoPerSecond, 0),
        },
        {
          what: '— samples ÷ mosquitto',
          figures: of((run) => run.perSecond / run.mosquittoPerSecond, 1),
        },
        {
          what: `samples accepted a second, FULL, offered in groups of ${GROUP} to a gateway, which commits what has come meanwhile`,
          figures: of((run) => run.gatheredPerSecond, 0),
        },
        {
          what: '— samples ÷ mosquitto',
          goal: '≥ 2',
          figures: of((run) => run.gatheredPerSecond / run.mosquittoPerSecond, 1),
        },
      ];
    },
  };
}
