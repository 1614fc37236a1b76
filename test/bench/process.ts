/** The whole program from outside: how long it takes to the first published sample, and what memory it holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Mosquitto } from '../fixtures/mosquitto.ts';
import { SidelineProcess } from '../fixtures/sideline-process.ts';
import { Subscriber } from '../fixtures/subscriber.ts';
import { residentOf } from './resident.ts';

export interface ProcessFigures {
  readonly firstSampleSeconds: number;
  readonly residentMb: number;
  readonly residentPeakMb: number;
}

/** Starts a gateway of thirty athletes at the speed of life, against a real broker, and lets it run this long. */
export async function measureProcess(runSeconds: number): Promise<ProcessFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'sideline-bench-'));
  const broker = await Mosquitto.create();
  const subscriber = new Subscriber(broker.url, { filter: 'iot/heartrate/+/samples' });
  let gateway: SidelineProcess | undefined;
  try {
    await broker.start();
    subscriber.start();
    await subscriber.subscribed();
    const beginMs = performance.now();
    gateway = new SidelineProcess([
      'simulate',
      '--count',
      '30',
      '--uplink',
      broker.url,
      '--store',
      join(folder, 'outbox.db'),
    ]);
    await subscriber.waitFor((messages) => messages.length > 0);
    const firstSampleSeconds = (performance.now() - beginMs) / 1000;
    await sleep(runSeconds * 1000);
    const { mb: residentMb, peakMb: residentPeakMb } = residentOf(gateway.pid);
    gateway.kill('SIGTERM');
    await gateway.ended();
    return { firstSampleSeconds, residentMb, residentPeakMb };
  } finally {
    await gateway?.remove();
    await subscriber.stop();
    await broker.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
