import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test from 'node:test';
import type { Noble, Peripheral } from '../../../../device/radio/noble.ts';
import { Scanner } from '../../../../device/radio/worker/scanner.ts';
import { WORKER_TIMING } from '../../../../device/radio/worker/timing.ts';
import { Bell } from '../../../../device/radio/worker/waiting.ts';
import { SimulatedClock } from '../../../../simulator/clock.ts';

/** Answers each scan command at once, but for the first so many. */
class ScriptedNoble extends EventEmitter implements Noble {
  readonly state = 'poweredOn';
  readonly commands: { readonly name: 'start' | 'stop'; readonly atMs: number }[] = [];
  unanswered = 0;
  readonly #clock: SimulatedClock;

  constructor(clock: SimulatedClock) {
    super();
    this.#clock = clock;
  }

  startScanning(): void {
    this.#take('start', 'scanStart');
  }

  stopScanning(): void {
    this.#take('stop', 'scanStop');
  }

  hear(id: string): void {
    const advertiser: Pick<Peripheral, 'id'> = { id };
    this.emit('discover', advertiser);
  }

  #take(name: 'start' | 'stop', answer: string): void {
    this.commands.push({ name, atMs: this.#clock.monotonicMs() });
    if (this.unanswered > 0) this.unanswered--;
    else queueMicrotask(() => this.emit(answer));
  }
}

function scanning({ unanswered = 0 } = {}) {
  const clock = new SimulatedClock();
  const noble = new ScriptedNoble(clock);
  noble.unanswered = unanswered;
  const heard: string[] = [];
  const bell = new Bell();
  const onHeard = ({ id }: Peripheral) => {
    heard.push(id);
    bell.ring();
  };
  const scanner = new Scanner({ noble, clock, timing: WORKER_TIMING, bell, onHeard });
  const over = new AbortController();
  const scan = scanner.scan(() => heard.length === 0, over.signal);
  const starts = () => noble.commands.filter(({ name }) => name === 'start').map(({ atMs }) => atMs);
  const end = async () => {
    over.abort('over');
    await assert.rejects(scan, { name: 'WaitFailed' });
    assert.deepEqual([clock.timers, noble.eventNames()], [0, []], 'nothing is left of the scan');
  };
  return { clock, noble, scan, heard, starts, end };
}

test('a scan that somebody else ends is begun again after a pause, however often', async () => {
  const { clock, noble, starts, end } = scanning();
  noble.on('scanStart', () => clock.at(clock.monotonicMs() + 5, () => noble.emit('scanStop')));
  await clock.advanceTo(60_000);
  assert.ok(starts().length >= 30 && starts().length <= 61, `${starts().length} scans in a minute`);
  noble.removeAllListeners('scanStart');
  await clock.advanceBy(2_000);
  const before = starts().length;
  await clock.advanceBy(30_000);
  assert.equal(starts().length, before, 'the scan that is left alone goes on');
  await end();
});

test('a scan that others ended is not stopped once more before the connection', async () => {
  const { clock, noble, scan, heard } = scanning();
  await clock.advanceTo(10);
  noble.hear('a');
  noble.emit('scanStop');
  await clock.advanceTo(20);
  await scan;
  assert.deepEqual(
    noble.commands.map(({ name }) => name),
    ['start'],
  );
  assert.deepEqual(heard, ['a']);
});

test('a scan during which nobody is heard is begun anew each minute, since it may have ended without a word', async () => {
  const { clock, starts, end } = scanning();
  await clock.advanceTo(150_000);
  assert.deepEqual(starts(), [0, 60_000, 120_000]);
  await end();
});

test('a scan command that is not answered is given twice more', async () => {
  const { clock, noble, scan, heard, starts } = scanning({ unanswered: 2 });
  await clock.advanceTo(5_000);
  assert.deepEqual(starts(), [0, 2_000, 4_000]);
  noble.hear('a');
  await clock.advanceTo(5_001);
  await scan;
  assert.deepEqual(heard, ['a']);
});
