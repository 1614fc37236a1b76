import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TemporaryStore } from '../../fixtures/temporary-store.ts';
import { answers, Receiver } from './receiver.ts';

const PROCESS = join(import.meta.dirname, 'webhook-process.ts');
const ROUNDS = 4;
const EACH_ROUND = 5;

test('killed with SIGKILL again and again, every alert that was stored reaches the receiver, each under one id', async () => {
  const store = new TemporaryStore();
  try {
    // Every third attempt finds the receiver busy, so that some wait whenever the process is killed.
    let attempts = 0;
    const sometimes = (status: number) => (attempts++ % 3 === 0 ? 503 : status);
    await Receiver.with(
      (received, response) => answers(sometimes(204))(received, response),
      async (receiver) => {
        for (let round = 0; round < ROUNDS; round++) {
          const athletes = Array.from({ length: EACH_ROUND }, (_, i) => `${round}-${i}`);
          await killedWhen(store, receiver, athletes, () => sleep(20 * round));
        }
        const all = Array.from(
          { length: ROUNDS * EACH_ROUND },
          (_, i) => `${Math.floor(i / EACH_ROUND)}-${i % EACH_ROUND}`,
        );
        await killedWhen(store, receiver, [], () => receiver.until(() => new Set(taken(receiver)).size === all.length));
        assert.deepEqual([...new Set(taken(receiver))].sort(), all.sort());
        const ids = new Map(receiver.received.map(({ headers }, i) => [receiver.athletes[i], headers['webhook-id']]));
        const pairs = new Set(
          receiver.received.map(({ headers }, i) => `${receiver.athletes[i]} ${headers['webhook-id']}`),
        );
        assert.equal(pairs.size, ids.size);
      },
    );
  } finally {
    store.remove();
  }
});

/** Of those that came, whose request was answered with 204. */
function taken(receiver: Receiver): string[] {
  return receiver.athletes.filter((_, index) => index % 3 !== 0);
}

async function killedWhen(
  { path }: TemporaryStore,
  { url }: Receiver,
  athletes: readonly string[],
  when: () => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROCESS, path, url.href, ...athletes], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    await Promise.race([once(child.stdout, 'data'), ended]);
    assert.equal(child.exitCode, null, 'it has stored its alerts');
    await when();
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
