/**
 * What every outbox remembers of the time for the next process. Register it with a machine that can start processes and
 * be started anew itself.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Gap } from '../../src/domain/gap.ts';
import type { NewRecord } from '../../src/domain/record.ts';
import type { Outbox } from '../../src/ports.ts';
import { alertOf, sampleOf } from './outbox.ts';

export type TimedOutbox = Pick<Outbox, 'append' | 'learnTime' | 'recall'>;

export interface Machine {
  /** The store as a process has it that starts in the boot under way; the process before is gone by then. */
  started(): Promise<TimedOutbox>;
  /** A new boot begins. */
  reboot(): void;
  remove(): Promise<void>;
}

/** The time of the boot as `sampleOf` has it: wall minus monotonic, ms. */
const RIGHT_MS = sampleOf('7', 0).timeMs - sampleOf('7', 0).monotonicMs;
const WRONG_MS = RIGHT_MS - 50 * 365 * 86_400_000;
const T0 = sampleOf('7', 0).timeMs;

const trusted = (second: number): NewRecord => ({ kind: 'sample', sample: sampleOf('7', second) });

/** The same reading as a gateway stamps it whose clock is wrong. */
function provisional(second: number): NewRecord {
  const sample = sampleOf('7', second);
  return { kind: 'sample', sample: { ...sample, timeMs: sample.monotonicMs + WRONG_MS }, offsetMs: WRONG_MS };
}

const silence = (gap: Partial<Gap>): NewRecord => ({
  kind: 'gap',
  gap: { athlete: '7', fromMs: WRONG_MS, cause: 'link-lost', ...gap },
  offsetMs: WRONG_MS,
});

export function outboxTimeContract(name: string, setup: () => Machine): void {
  const withMachine = (title: string, body: (machine: Machine) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const machine = setup();
      try {
        await body(machine);
      } finally {
        await machine.remove();
      }
    });

  const recall = async (machine: Machine) => (await machine.started()).recall(600_000);

  withMachine('a new store knows nothing of the time', async (machine) => {
    const { newestTrustedMs, learnedOffsetMs } = await recall(machine);
    assert.deepEqual([newestTrustedMs, learnedOffsetMs], [undefined, undefined]);
  });

  withMachine(
    'what is provisional is recalled with its offset until the time of its boot is known',
    async (machine) => {
      const outbox = await machine.started();
      await outbox.append([trusted(0), provisional(1), provisional(2), silence({})]);
      const before = await recall(machine);
      assert.deepEqual(
        before.samples.map(({ timeMs, offsetMs }) => [timeMs, offsetMs]),
        [
          [T0, undefined],
          [T0 + 1_000 + WRONG_MS - RIGHT_MS, WRONG_MS],
          [T0 + 2_000 + WRONG_MS - RIGHT_MS, WRONG_MS],
        ],
      );
      assert.deepEqual(before.openGaps, [{ athlete: '7', fromMs: WRONG_MS, cause: 'link-lost', offsetMs: WRONG_MS }]);

      await (await machine.started()).learnTime(RIGHT_MS);
      const after = await recall(machine);
      assert.deepEqual(
        after.samples.map(({ timeMs, offsetMs }) => [timeMs, offsetMs]),
        [0, 1, 2].map((second) => [T0 + second * 1_000, undefined]),
      );
      assert.deepEqual(after.openGaps, [{ athlete: '7', fromMs: RIGHT_MS, cause: 'link-lost' }]);
    },
  );

  withMachine('what a boot has learned is of that boot, and the last word counts', async (machine) => {
    const outbox = await machine.started();
    await outbox.learnTime(RIGHT_MS - 5_000);
    await outbox.learnTime(RIGHT_MS);
    assert.equal((await recall(machine)).learnedOffsetMs, RIGHT_MS);
    machine.reboot();
    assert.equal((await recall(machine)).learnedOffsetMs, undefined);
  });

  withMachine(
    'the newest trusted record is one that a trusted clock stamped, or that was put right',
    async (machine) => {
      const outbox = await machine.started();
      await outbox.append([trusted(10)]);
      await outbox.append([provisional(60)]);
      assert.equal((await recall(machine)).newestTrustedMs, T0 + 10_000);
      await (await machine.started()).learnTime(RIGHT_MS);
      assert.equal((await recall(machine)).newestTrustedMs, T0 + 60_000);
    },
  );

  withMachine('what a boot left behind that never learned the time stays as it was', async (machine) => {
    const outbox = await machine.started();
    await outbox.append([trusted(10), provisional(60), silence({})]);
    machine.reboot();
    await (await machine.started()).learnTime(RIGHT_MS + 86_400_000);
    const { samples, openGaps, newestTrustedMs } = await recall(machine);
    assert.deepEqual(
      samples.map(({ timeMs, offsetMs, isUnsynchronised }) => [timeMs, offsetMs, isUnsynchronised]),
      [
        [T0 + 10_000, undefined, undefined],
        [T0 + 60_000 + WRONG_MS - RIGHT_MS, undefined, true],
      ],
    );
    assert.deepEqual(openGaps, [{ athlete: '7', fromMs: WRONG_MS, cause: 'link-lost' }]);
    assert.equal(newestTrustedMs, T0 + 10_000);
  });

  withMachine('a beginning that is settled is not put right', async (machine) => {
    const outbox = await machine.started();
    await outbox.append([silence({ fromMs: T0, fromIsSettled: true })]);
    const [before] = (await recall(machine)).openGaps;
    assert.deepEqual([before?.fromMs, before?.fromIsSettled], [T0, true]);
    await (await machine.started()).learnTime(RIGHT_MS);
    assert.deepEqual((await recall(machine)).openGaps, [{ athlete: '7', fromMs: T0, cause: 'link-lost' }]);
  });

  withMachine('an open alert is recalled with the time that is known of it', async (machine) => {
    const outbox = await machine.started();
    const record = alertOf('7', 'raised');
    const alert = record.kind === 'alert' ? { ...record.alert, timeMs: 60_000 + WRONG_MS } : undefined;
    assert.ok(alert);
    await outbox.append([{ kind: 'alert', alert, offsetMs: WRONG_MS }]);
    await outbox.learnTime(RIGHT_MS);
    assert.deepEqual((await recall(machine)).openAlerts, [{ ...alert, timeMs: 60_000 + RIGHT_MS }]);
  });
}
