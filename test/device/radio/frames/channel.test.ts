import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { SocketChannel } from '../../../../device/radio/frames/channel.ts';
import { TemporaryFolder } from '../../../fixtures/temporary-folder.ts';

const TEXT = 'x'.repeat(1_000);

/** Far below and far above what a stream of Node waits for by itself, in any version. */
for (const waitingMaxBytes of [4_000, 400_000]) {
  test(`whoever reads on after a pause is sent to again, with ${waitingMaxBytes} bytes that may wait`, () =>
    TemporaryFolder.with(async (folder) => {
      const path = join(folder.path, 'talk.sock');
      const server = createServer().listen(path);
      await once(server, 'listening');
      const [reader, [socket]] = [connect(path), (await once(server, 'connection')) as [Socket]];
      try {
        reader.pause();
        reader.on('data', () => {});
        let drains = 0;
        const channel = new SocketChannel<object, object>(socket, {
          ...{ schema: z.object({}), maxBytes: 2_000, waitingMaxBytes },
          listener: { onMessage: () => {}, onClose: () => {}, onDrain: () => void drains++ },
        });
        for (let round = 1; round <= 3; round++) {
          while (channel.send({ text: TEXT }));
          assert.equal(drains, round - 1, 'nothing has been read of it');
          reader.resume();
          while (drains < round) await sleep(1);
          reader.pause();
        }
      } finally {
        reader.destroy();
        socket.destroy();
        server.close();
      }
    }));
}
