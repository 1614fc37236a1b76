/** How fast a backlog gets to a broker that is there: here, by mqtt.js a message a sample, and over mosquitto's bridge. */
import { Mosquitto } from '../../fixtures/mosquitto.ts';
import { type Arrived, Subscriber } from '../../fixtures/subscriber.ts';
import { spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { createBridge, UNLIMITED } from './bridge.ts';
import type { Drained, MqttJsJob } from './job.ts';
import { JobRun, runJob } from './job-run.ts';
import { publicationsBetween } from './messages.ts';
import { PlainPublisher } from './plain-publisher.ts';
import type { Stores } from './stores.ts';

const PATIENCE_MS = 120_000;

const FIRST = { topic: 'bench/first', payload: '' };
const LAST = { topic: 'bench/last', payload: '' };

interface DrainFigures {
  readonly perSecond: number;
  readonly mqttJsPerSecond: number;
  readonly bridgePerSecond: number;
}

interface DrainOptions {
  readonly runs: number;
  readonly samples: number;
  /** For the peers; both are at full speed after far fewer. */
  readonly peerSamples: number;
}

async function measureDrain(stores: Stores, { samples, peerSamples }: DrainOptions): Promise<DrainFigures> {
  const broker = await Mosquitto.create({ more: UNLIMITED });
  try {
    await broker.start();
    const product = await drainOnce(stores, { samples, url: broker.url });
    const mqttJs = await new JobRun('mqtt-js-process', {
      url: broker.url,
      from: 0,
      to: peerSamples,
      waits: true,
    } satisfies MqttJsJob).result();
    return {
      perSecond: product.samples / product.seconds,
      mqttJsPerSecond: peerSamples / Number(mqttJs['seconds']),
      bridgePerSecond: peerSamples / (await bridgeSeconds(broker, peerSamples)),
    };
  } finally {
    await broker.remove();
  }
}

async function drainOnce(stores: Stores, { samples, url }: { samples: number; url: string }): Promise<Drained> {
  return await stores.withBacklog(samples, async (path) => {
    const job = { kind: 'drain', path, url, atMostSeconds: 120, live: false, compressed: false, tells: false } as const;
    const drained = await runJob(job);
    if (drained.samples < samples) throw new Error(`${drained.samples} of ${samples} were delivered`);
    return drained;
  });
}

/** From the arrival of the first message to that of the last, which nobody but these two has a subscriber for. */
async function bridgeSeconds(upstream: Mosquitto, samples: number): Promise<number> {
  const bridge = await createBridge(upstream.port);
  const subscribers = [FIRST, LAST].map(({ topic }) => new Subscriber(upstream.url, { filter: topic }));
  try {
    await upstream.stop();
    await bridge.start();
    const publisher = await PlainPublisher.connect(bridge.port);
    await publisher.publish([FIRST, ...publicationsBetween(0, samples), LAST]);
    publisher.end();
    // It would connect before the subscribers have.
    bridge.freeze();
    await upstream.start();
    for (const subscriber of subscribers) subscriber.start();
    for (const subscriber of subscribers) await subscriber.subscribed();
    bridge.thaw();
    const [firstMs = 0, lastMs = 0] = await Promise.all(subscribers.map(firstArrivalMs));
    return (lastMs - firstMs) / 1000;
  } finally {
    for (const subscriber of subscribers) await subscriber.stop();
    await bridge.remove();
  }
}

async function firstArrivalMs(subscriber: Subscriber): Promise<number> {
  await subscriber.waitFor((messages: readonly Arrived[]) => messages.length > 0, PATIENCE_MS);
  return performance.now();
}

export function drainPart(stores: Stores, options: DrainOptions): Part {
  return {
    name: 'drain',
    rows: async (progress) => {
      const figures = await repeat(options.runs, async () => {
        const run = await measureDrain(stores, options);
        progress('run', run);
        return run;
      });
      const of = (value: (run: DrainFigures) => number, digits: number) => spread(figures.map(value), digits);
      return [
        { what: 'samples delivered a second, no rate limit, to mosquitto', figures: of((run) => run.perSecond, 0) },
        { what: '— mqtt.js, a message a sample', figures: of((run) => run.mqttJsPerSecond, 0) },
        {
          what: '— samples ÷ mqtt.js',
          goal: '≥ 5',
          figures: of((run) => run.perSecond / run.mqttJsPerSecond, 1),
        },
        { what: '— mosquitto’s bridge', figures: of((run) => run.bridgePerSecond, 0) },
        {
          what: '— samples ÷ bridge',
          goal: '≥ 1.5',
          figures: of((run) => run.perSecond / run.bridgePerSecond, 1),
        },
      ];
    },
  };
}
