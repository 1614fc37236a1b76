#!/usr/bin/env -S node --max-semi-space-size=1
/**
 * The radio worker's program, and the one place where a worker is put together: one Bluetooth adapter, served at one
 * Unix socket. It has no network, no keys and no store, and knows no athlete.
 */
import { parseArgs } from 'node:util';
import { openHciRadio } from '../device/radio/hci/hci-noble.ts';
import { workerSocket } from '../device/radio/team/worker-sockets.ts';
import { WorkerProcess } from '../device/radio/worker/worker-process.ts';
import { messageOf } from './domain/errors.ts';
import { SystemClock } from './system/clock.ts';
import { Watchdog } from './system/watchdog.ts';

const USAGE = 'usage: sideline-radio --adapter hci0 (--sockets FOLDER | --socket PATH) [--ends-alone]';

process.exit(await main());

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) return say(USAGE, 2);
  // Its last line is what the gateway tells of its end.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? ''}\n`);
    process.exit(say(messageOf(error), 1));
  });
  const clock = new SystemClock();
  const watchdog = new Watchdog(process.env);
  const worker = new WorkerProcess({
    ...options,
    clock,
    rssBytes: () => process.memoryUsage.rss(),
    onAlive: () => watchdog.progress(clock.monotonicMs()),
    openRadio: ({ onFault, onBroken, ...hooks }) =>
      openHciRadio(options.adapter, { onFault, onBroken }, { clock, random: Math.random, ...hooks }),
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => worker.finish(signal));
  try {
    return say(await worker.run(), 0);
  } catch (error) {
    return say(messageOf(error), 1);
  }
}

function optionsOf(args: readonly string[]): { adapter: string; path: string; endsAlone: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        adapter: { type: 'string' },
        socket: { type: 'string' },
        sockets: { type: 'string' },
        'ends-alone': { type: 'boolean', default: false },
      },
    });
    const { adapter, socket, sockets } = values;
    if (adapter === undefined || (socket === undefined) === (sockets === undefined)) return undefined;
    const path = socket ?? workerSocket(sockets ?? '', adapter);
    return { adapter, path, endsAlone: values['ends-alone'] };
  } catch (error) {
    say(messageOf(error), 2);
    return undefined;
  }
}

/** For the journal, or for the gateway that started the worker. */
function say(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}
