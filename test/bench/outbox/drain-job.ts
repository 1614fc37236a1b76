/** A gateway that delivers its backlog, with fifty straps that go on and alerts that come and go. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoTeam } from '../../../simulator/world.ts';
import type { Clock } from '../../../src/ports.ts';
import { Alarms, SteadyClock } from './alarms.ts';
import { ATHLETES, sampleAt } from './heartbeats.ts';
import type { Drained, DrainJob } from './job.ts';
import { type Acknowledged, BenchGateway, openStore } from './product.ts';

/** By then a gateway that has just begun has heard from everybody. */
const SETTLED_MS = 1_500;

export async function drain(job: DrainJob, say: (progress: object) => void): Promise<Drained> {
  const clock = new SteadyClock();
  const alarms = new Alarms(clock);
  const loop = monitorEventLoopDelay({ resolution: 1 });
  let firstMs = Number.NaN;
  let lastMs = Number.NaN;
  let samples = 0;
  const onFirst = () => {
    firstMs = performance.now();
    loop.enable();
  };
  const onAcknowledged = (what: Acknowledged) => {
    alarms.acknowledged(what.alerts);
    if (what.samples === 0) return;
    lastMs = performance.now();
    samples += what.samples;
    if (job.tells) say({ delivered: samples });
  };
  const outbox = await openStore(job.path);
  const team = [...demoTeam(ATHLETES), alarms.athlete];
  const { url, compressed } = job;
  const gateway = new BenchGateway({ outbox, team, clock, url, compressed, onFirst, onAcknowledged });
  await gateway.start();
  const feeds = job.live ? [everyStrap(gateway, clock)] : [];
  if (job.alertEveryMs !== undefined) {
    // First the ends of fifty silences are stored and sent, each at once.
    await sleep(SETTLED_MS);
    feeds.push(alarms.every(job.alertEveryMs, (event) => gateway.offer(event)));
  }
  await drained(gateway, job);
  loop.disable();
  for (const feed of feeds) clearInterval(feed);
  const seconds = (lastMs - firstMs) / 1000;
  const result = { samples, seconds, loopP99Ms: loop.percentile(99) / 1e6, loopMostMs: loop.max / 1e6 };
  const alertsMs = alarms.latenciesMs();
  await gateway.stop();
  return { ...result, alertsMs };
}

/** Each once a second. */
function everyStrap(gateway: BenchGateway, clock: Clock): NodeJS.Timeout {
  let number = 0;
  return setInterval(() => {
    const { athlete, strap, bpm = 0, rrMs } = sampleAt(number++);
    const measurement = { bpm, contact: 'detected', energyKj: null, rrMs } as const;
    gateway.offer({ type: 'measurement', athlete, strap, monotonicMs: clock.monotonicMs(), measurement, way: 'link' });
  }, 1000 / ATHLETES);
}

/** Resolves when at most a second's samples wait, or when the time is over. */
async function drained(gateway: BenchGateway, { atMostSeconds, live }: DrainJob): Promise<void> {
  const endMs = performance.now() + atMostSeconds * 1000;
  const few = live ? ATHLETES * 2 : 0;
  while (performance.now() < endMs && (await gateway.samplesWaiting()) > few) await sleep(20);
}
