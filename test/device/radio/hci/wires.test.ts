/** The whole way, from an adapter's name to a reading, over each kind of wire. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createHciNoble,
  createNobleOver,
  type HciNoble,
  openHciRadio,
} from '../../../../device/radio/hci/hci-noble.ts';
import { openTransport } from '../../../../device/radio/hci/transport.ts';
import { SystemClock } from '../../../../src/system/clock.ts';
import { programPath, requires } from '../../../requirements.ts';
import { NobleRig } from './noble-rig.ts';
import { ScriptedController } from './scripted-controller.ts';

const parts = { clock: new SystemClock(), random: () => 0.5 };

/** One reading, and the loss of the controller. */
async function readOver(controller: ScriptedController, open: (onLost: (reason: string) => void) => Promise<HciNoble>) {
  const lost: string[] = [];
  const radio = await open((reason) => lost.push(reason));
  try {
    const rig = new NobleRig({ controller, radio, reports: [], lost });
    const { strap, measurement } = await rig.subscribe();
    const heard = once(measurement as never, 'data');
    strap.notify(Buffer.from('0648', 'hex'));
    assert.equal(((await heard)[0] as Buffer).toString('hex'), '0648');
    const over = once(radio.noble as never, 'stateChange');
    controller.vanish();
    assert.deepEqual(await over, ['poweredOff']);
    assert.equal(lost.length, 1);
  } finally {
    await radio.release();
    await controller.close();
  }
}

test('over a Unix socket a reading arrives, and the end of the socket is the end of the adapter', async () => {
  const controller = new ScriptedController();
  const path = await controller.listen();
  await readOver(controller, (onLost) =>
    createHciNoble({ ...parts, adapter: `h4:unix:${path}`, onReport: () => {}, onLost }),
  );
});

test('over TCP a reading arrives, and the end of the connection is the end of the adapter', async () => {
  const controller = new ScriptedController();
  const server = createServer((socket) => controller.serve(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await readOver(controller, (onLost) =>
    openHciRadio(`h4:tcp:127.0.0.1:${port}`, { onFault: () => {}, onBroken: onLost }, parts),
  );
  server.close();
});

test(
  'over a serial line a reading arrives, and the end of the line is the end of the adapter',
  requires('socat'),
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'serial-line-'));
    const controller = new ScriptedController();
    const socket = await controller.listen();
    const port = join(folder, 'port');
    const line = spawn(programPath('socat'), [`pty,link=${port}`, `unix-connect:${socket}`], { stdio: 'ignore' });
    const ended = once(line, 'exit');
    try {
      while (!existsSync(port)) await wait(10);
      await readOver(controller, async (onLost) => {
        const transport = await openTransport({ kind: 'h4-serial', path: port, baud: 1_000_000, flowControl: true });
        return await createNobleOver(transport, { ...parts, adapter: `h4:${port}`, onReport: () => {}, onLost });
      });
    } finally {
      line.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test('what is wrong with the adapter is told in the worker’s words', async () => {
  const controller = new ScriptedController();
  const path = await controller.listen();
  const faults: unknown[] = [];
  const broken: string[] = [];
  const radio = await openHciRadio(
    `h4:unix:${path}`,
    { onFault: ({ strap, reason }) => faults.push([strap, reason]), onBroken: (reason) => broken.push(reason) },
    parts,
  );
  const rig = new NobleRig({ controller, radio, reports: [], lost: broken });
  const { strap } = await rig.subscribe();
  strap.send(Buffer.from('1b', 'hex'));
  while (faults.length === 0) await wait(5);
  assert.deepEqual(faults, [[strap.address, 'a notification of 1 bytes, without a handle']]);
  assert.deepEqual([radio.peripherals, broken], [1, []]);
  await radio.release();
  await controller.close();
});
