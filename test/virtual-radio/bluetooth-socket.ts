/**
 * Puts a Unix socket that speaks H4 in the place of a kernel's Bluetooth socket, for the hosts that run on it (bleno,
 * noble): a class with the interface of `@abandonware/bluetooth-hci-socket`, as far as they use it.
 */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { dirname, sep } from 'node:path';
import { PacketStream } from './h4.ts';

const SOCKET_MODULE = '@abandonware/bluetooth-hci-socket';

/**
 * Loads a host package afresh, with everything that it keeps in its modules, so that one process can hold several;
 * its controller is the one at `path`.
 */
export function loadHost<T>(packageName: string, path: string): T {
  const require = createRequire(import.meta.url);
  const entry = require.resolve(packageName);
  const folder = `${dirname(require.resolve(`${packageName.split('/').slice(0, 2).join('/')}/package.json`))}${sep}`;
  for (const loaded of Object.keys(require.cache)) if (loaded.startsWith(folder)) delete require.cache[loaded];
  const socketModule = createRequire(entry).resolve(SOCKET_MODULE);
  require.cache[socketModule] = Object.assign(Object.create(null), {
    id: socketModule,
    filename: socketModule,
    loaded: true,
    exports: bluetoothSocketAt(path),
  });
  return require(packageName) as T;
}

function bluetoothSocketAt(path: string): new () => EventEmitter {
  return class BluetoothSocket extends EventEmitter {
    #socket: Socket | undefined;

    bindRaw(): number {
      this.#open();
      return 0;
    }

    bindUser(): number {
      this.#open();
      return 0;
    }

    /** Management of the kernel's keys, of which there are none. */
    bindControl(): void {}

    isDevUp(): boolean {
      return this.#socket !== undefined;
    }

    getDeviceList(): { devId: number; devUp: boolean }[] {
      return [{ devId: 0, devUp: this.isDevUp() }];
    }

    setFilter(): void {}

    start(): void {}

    stop(): void {
      this.#socket?.destroy();
    }

    write(packet: Buffer): void {
      this.#socket?.write(packet);
    }

    #open(): void {
      const socket = connect(path);
      const stream = new PacketStream();
      socket.on('data', (chunk) => {
        for (const packet of stream.take(chunk)) this.emit('data', packet);
      });
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#socket = undefined;
      });
      this.#socket = socket;
    }
  };
}
