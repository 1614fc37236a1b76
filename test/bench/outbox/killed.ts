/**
 * What is lost when the process is killed, once while it takes samples and once while it delivers them. What was accepted
 * and never arrived is lost; what was accepted is said by whoever took it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Mosquitto } from '../../fixtures/mosquitto.ts';
import { Subscriber } from '../../fixtures/subscriber.ts';
import { type Row, spread } from '../page.ts';
import { type Part, repeat } from '../part.ts';
import { createBridge, UNLIMITED } from './bridge.ts';
import { sampleAt } from './heartbeats.ts';
import type { MqttJsJob } from './job.ts';
import { JobRun, startJob } from './job-run.ts';
import { keyOf, keysIn, publicationsBetween } from './messages.ts';
import { PlainPublisher } from './plain-publisher.ts';
import type { Stores } from './stores.ts';

/** Nothing more comes when nothing has come for so long: a bridge tries again every second. */
const SILENCE_MS = 4_000;

export interface Loss {
  readonly accepted: number;
  readonly lost: number;
  /** Arrivals of what had arrived before. */
  readonly twice: number;
}

interface Trial {
  readonly upstream: Mosquitto;
  readonly receiver: Subscriber;
  readonly samples: number;
}

/** @param body has all samples taken with one kill, opens the way, and has them delivered with another */
async function trial(samples: number, body: (trial: Trial) => Promise<void>): Promise<Loss> {
  const upstream = await Mosquitto.create({ more: UNLIMITED });
  const receiver = new Subscriber(upstream.url);
  try {
    await body({ upstream, receiver, samples });
    await silence(receiver);
    return lossOf(samples, receiver);
  } finally {
    await receiver.stop();
    await upstream.remove();
  }
}

/** Everybody is there to receive from now on. */
async function open({ upstream, receiver }: Trial): Promise<void> {
  await upstream.start();
  receiver.start();
  await receiver.subscribed();
}

async function silence({ messages }: Subscriber): Promise<void> {
  for (let before = -1; before < messages.length; ) {
    before = messages.length;
    await sleep(SILENCE_MS);
  }
}

function lossOf(samples: number, { messages }: Subscriber): Loss {
  const arrived = messages.flatMap(({ payload }) => keysIn(payload));
  const distinct = new Set(arrived);
  let lost = 0;
  for (let number = 0; number < samples; number++) if (!distinct.has(keyOf(sampleAt(number)))) lost++;
  return { accepted: samples, lost, twice: arrived.length - distinct.size };
}

/** The second kill comes when a tenth is delivered: of what the first one left, there is always more than that. */
const DELIVERED_PART = 10;

/** Somewhere in the middle. */
function someOf(samples: number): number {
  return Math.round(samples * (0.3 + 0.4 * Math.random()));
}

async function productLoss(stores: Stores, samples: number): Promise<Loss> {
  return await stores.withEmpty(async (path) =>
    trial(samples, async (parts) => {
      const take = (from: number) => startJob({ kind: 'append', path, from, to: samples, group: 100, tells: true });
      const filling = take(0);
      await filling.reached('accepted', someOf(samples));
      await filling.kill();
      await take(filling.told('accepted')).result();
      await open(parts);
      const { url } = parts.upstream;
      const deliver = () =>
        startJob({ kind: 'drain', path, url, atMostSeconds: 60, live: false, compressed: false, tells: true });
      const draining = deliver();
      await draining.reached('delivered', samples / DELIVERED_PART);
      await draining.kill();
      await deliver().result();
    }),
  );
}

async function bridgeLoss(samples: number): Promise<Loss> {
  return await trial(samples, async (parts) => {
    const bridge = await createBridge(parts.upstream.port);
    try {
      await bridge.start();
      const first = await PlainPublisher.connect(bridge.port);
      const broken = first.publish(publicationsBetween(0, samples));
      const enough = someOf(samples);
      while (first.acknowledged < enough) await sleep(1);
      await bridge.kill();
      await broken;
      await bridge.start();
      const second = await PlainPublisher.connect(bridge.port);
      await second.publish(publicationsBetween(first.acknowledged, samples));
      second.end();
      await open(parts);
      await parts.receiver.waitFor(({ length }) => length >= samples / DELIVERED_PART);
      await bridge.kill();
      await bridge.start();
      await silence(parts.receiver);
    } finally {
      await bridge.remove();
    }
  });
}

async function mqttJsLoss(samples: number): Promise<Loss> {
  return await trial(samples, async (parts) => {
    const { url } = parts.upstream;
    const take = (from: number) =>
      new JobRun('mqtt-js-process', {
        url,
        from,
        to: samples,
        waits: false,
      } satisfies MqttJsJob);
    const filling = take(0);
    await filling.reached('accepted', someOf(samples));
    await filling.kill();
    const draining = take(filling.told('accepted'));
    await draining.reached('accepted', samples);
    await open(parts);
    await draining.reached('delivered', samples / DELIVERED_PART);
    await draining.kill();
  });
}

export interface KilledOptions {
  readonly runs: number;
  readonly samples: number;
  /** mqtt.js keeps no more than 65,535. */
  readonly mqttJsSamples: number;
}

export function killedPart(stores: Stores, { runs, samples, mqttJsSamples }: KilledOptions): Part {
  return {
    name: 'killed',
    rows: async (progress) => {
      const rows = async (who: string, of: number, goal: string | undefined, measure: () => Promise<Loss>) => {
        const losses = await repeat(runs, async () => {
          const loss = await measure();
          progress(who, loss);
          return loss;
        });
        return rowsOf(`${who}, of ${of.toLocaleString('en')}`, goal, losses);
      };
      return [
        ...(await rows('this', samples, '0', () => productLoss(stores, samples))),
        ...(await rows('mosquitto’s bridge, autosave 1 s', samples, undefined, () => bridgeLoss(samples))),
        ...(await rows('mqtt.js in memory', mqttJsSamples, undefined, () => mqttJsLoss(mqttJsSamples))),
      ];
    },
  };
}

function rowsOf(who: string, goal: string | undefined, losses: readonly Loss[]): Row[] {
  const figures = (of: (loss: Loss) => number) => spread(losses.map(of), 0);
  return [
    {
      what: `accepted and lost when killed twice: ${who}`,
      ...(goal === undefined ? {} : { goal }),
      figures: figures(({ lost }) => lost),
    },
    { what: '— arrived twice', figures: figures(({ twice }) => twice) },
  ];
}
