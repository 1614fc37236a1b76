import assert from 'node:assert/strict';
import test from 'node:test';
import { type CoreMessage, PROTOCOL_VERSION, type WorkerMessage } from '../../../../device/radio/frames/messages.ts';
import { TeamSource, WORKER_RSS_MAX_BYTES } from '../../../../device/radio/team/team-source.ts';
import type { LineListener, WorkerLine } from '../../../../device/radio/team/worker-line.ts';
import { SimulatedClock } from '../../../../simulator/clock.ts';

/** A line whose worker is the test. */
class ScriptedLine implements WorkerLine {
  readonly adapter = 'hci0';
  readonly sent: CoreMessage[] = [];
  readonly restarts: string[] = [];
  #listener: LineListener | undefined;

  start(listener: LineListener): void {
    this.#listener = listener;
  }

  send(message: CoreMessage): void {
    this.sent.push(message);
  }

  restart(reason: string): void {
    this.restarts.push(reason);
  }

  stop(): Promise<void> {
    this.#listener = undefined;
    return Promise.resolve();
  }

  says(message: WorkerMessage): void {
    this.#listener?.onMessage(message);
  }
}

const alive = { type: 'alive', rssBytes: 60e6, peripherals: 10, links: 0, scanning: true } as const;

async function watched(body: (line: ScriptedLine, clock: SimulatedClock) => Promise<void>): Promise<void> {
  const clock = new SimulatedClock();
  const line = new ScriptedLine();
  const source = new TeamSource({ lines: [line], clock, random: () => 0 });
  await source.start([], () => {});
  line.says({ type: 'hello', version: PROTOCOL_VERSION, adapter: 'hci0', pid: 1, ready: true, links: [] });
  await body(line, clock);
  await source.stop();
}

/** Goes on for so long with a sign of life each second. */
async function live(line: ScriptedLine, clock: SimulatedClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    line.says({ ...alive, atMs: clock.monotonicMs() });
    await clock.advanceBy(1_000);
  }
}

test('a worker that has grown beyond its bound, or remembers too many passers-by, is started anew', async () => {
  await watched(async (line, clock) => {
    await live(line, clock, 3);
    line.says({ ...alive, atMs: clock.monotonicMs(), rssBytes: WORKER_RSS_MAX_BYTES });
    assert.deepEqual(line.restarts, []);
    line.says({ ...alive, atMs: clock.monotonicMs(), rssBytes: WORKER_RSS_MAX_BYTES + 1 });
    assert.deepEqual(line.restarts, ['the radio worker has grown to 250 MB']);
    line.says({ ...alive, atMs: clock.monotonicMs(), peripherals: 5_001 });
    assert.deepEqual(line.restarts.slice(1), ['the radio worker remembers 5001 passers-by']);
  });
});

test('a worker that says nothing for four seconds is started anew, once, and one that goes on is left alone', async () => {
  await watched(async (line, clock) => {
    await live(line, clock, 60);
    assert.deepEqual(line.restarts, []);
    await clock.advanceBy(10_000);
    assert.deepEqual(line.restarts, ['the radio worker has said nothing for 4 s']);
  });
});
