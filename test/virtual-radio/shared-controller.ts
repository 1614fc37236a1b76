/**
 * One of btvirt's controllers, used by two: the host it belongs to (bleno in a strap, noble in the gateway) and the
 * virtual radio itself. Each is told only of what it has asked and sent.
 *
 * It rests on two things that btvirt does: every command is answered by exactly one Command Complete or Command
 * Status, in order, and every data packet on a living link by exactly one Number Of Completed Packets.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { command, completedPacket, data, PacketStream } from './h4.ts';
import { type Packet, read } from './packet.ts';

/** What the controller has answered; undefined when it is gone before it has. */
export type Answer = (Packet & { readonly type: 'answer' }) | undefined;

export interface ControllerEvents {
  /** For the host, as it came. */
  toHost(packet: Buffer): void;
  /** Everything that is nobody's answer: links, data, advertisements. */
  heard(packet: Packet, bytes: Buffer): void;
  /** The controller's end of the socket has closed. */
  lost(): void;
}

const FOR_THE_HOST = Symbol('for the host');

export class SharedController {
  readonly #events: ControllerEvents;
  #socket: Socket | undefined;
  /** Who waits for the answers to the commands under way, oldest first. */
  #asking: (typeof FOR_THE_HOST | ((answer: Answer) => void))[] = [];
  /** What to do when the data packets under way are completed, oldest first, by link. */
  readonly #sending = new Map<number, (() => void)[]>();

  constructor(events: ControllerEvents) {
    this.#events = events;
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Rejects when btvirt is not there. When it has no place for another controller, this one is lost at once. */
  async connect(path: string): Promise<void> {
    this.close();
    const socket = connect(path);
    await once(socket, 'connect');
    const stream = new PacketStream();
    socket.on('data', (chunk) => {
      for (const packet of stream.take(chunk)) if (this.#socket === socket) this.#take(packet);
    });
    // A socket that fails closes, too.
    socket.on('error', () => {});
    socket.once('close', () => this.#lose(socket));
    this.#socket = socket;
  }

  /** As if its power had gone: btvirt forgets it and tells nobody, the peers of its links neither. */
  close(): void {
    // Never `end`: of a socket that is closed one way btvirt makes a busy loop.
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.destroy();
    this.#lose(socket);
  }

  /** Passes on what the host has written. */
  fromHost(packet: Buffer, completed: () => void = () => {}): void {
    const parsed = read(packet);
    if (parsed.type === 'command') this.#asking.push(FOR_THE_HOST);
    if (parsed.type === 'data') {
      this.#send(parsed.handle, () => {
        completed();
        this.#events.toHost(completedPacket(parsed.handle));
      });
    }
    this.#socket?.write(packet);
  }

  /** A command of the virtual radio's own. */
  ask(opcode: number, parameters: Buffer | readonly number[] = []): Promise<Answer> {
    const socket = this.#socket;
    if (socket === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#asking.push(resolve);
      socket.write(command(opcode, parameters));
    });
  }

  /** A data packet of the virtual radio's own. */
  inject(handle: number, channel: number, payload: Buffer): void {
    this.#send(handle, () => {});
    this.#socket?.write(data(handle, channel, payload));
  }

  /** What is written inside reaches btvirt in one piece, so that nothing of another controller comes between. */
  together(body: () => void): void {
    const socket = this.#socket;
    socket?.cork();
    body();
    socket?.uncork();
  }

  #send(handle: number, completed: () => void): void {
    const sending = this.#sending.get(handle);
    if (sending === undefined) this.#sending.set(handle, [completed]);
    else sending.push(completed);
  }

  #take(bytes: Buffer): void {
    const packet = read(bytes);
    switch (packet.type) {
      case 'answer': {
        const asking = this.#asking.shift();
        if (asking === FOR_THE_HOST) this.#events.toHost(bytes);
        else asking?.(packet);
        return;
      }
      case 'completed':
        for (const completed of this.#sending.get(packet.handle)?.splice(0, packet.count) ?? []) completed();
        return;
      case 'linked':
      case 'unlinked':
        // Handles are used again.
        this.#sending.delete(packet.handle);
        break;
      default:
        break;
    }
    this.#events.heard(packet, bytes);
  }

  #lose(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#sending.clear();
    const asking = this.#asking;
    this.#asking = [];
    for (const waiting of asking) if (waiting !== FOR_THE_HOST) waiting(undefined);
    this.#events.lost();
  }
}
