/** The whole program from outside: how long it takes to the first published sample, and what memory it holds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Mosquitto } from '../fixtures/mosquitto.ts';
import { SidelineProcess } from '../fixtures/sideline-process.ts';
import { Subscriber } from '../fixtures/subscriber.ts';

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
    const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
    gateway.kill('SIGTERM');
    await gateway.ended();
    return { firstSampleSeconds, residentMb: mb(status, 'VmRSS'), residentPeakMb: mb(status, 'VmHWM') };
  } finally {
    await gateway?.remove();
    await subscriber.stop();
    await broker.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function mb(status: string, field: string): number {
  const kb = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1];
  return (Number(kb) * 1024) / 1e6;
}
