/**
 * The socket that noble is given: the guard's decisions, carried out over another socket.
 *
 * Invariants: nothing that noble throws over a packet gets any further; noble is never called back from within its own
 * call.
 */
import { EventEmitter } from 'node:events';
import { messageOf } from '../../../src/domain/errors.ts';
import type { Guard } from './guard.ts';
import type { GuardEffect, HciReport, Origin } from './guard-effects.ts';
import type { HciSocket } from './hci-socket.ts';

export interface GuardedSocketParts {
  readonly socket: HciSocket;
  readonly guard: Guard;
  readonly onReport: (report: HciReport) => void;
  /** Sends an L2CAP PDU through noble's own queue. */
  readonly sendOnLink: (handle: number, channel: number, payload: Buffer) => void;
}

export class GuardedSocket extends EventEmitter implements HciSocket {
  readonly #parts: GuardedSocketParts;
  #released = false;

  constructor(parts: GuardedSocketParts) {
    super();
    this.#parts = parts;
    parts.socket.on('data', this.#onData);
    parts.socket.on('error', this.#onError);
  }

  bindRaw(deviceId?: number): number {
    return this.#parts.socket.bindRaw(deviceId);
  }

  bindUser(deviceId?: number): number {
    return this.#parts.socket.bindUser(deviceId);
  }

  bindControl(): void {
    this.#parts.socket.bindControl();
  }

  isDevUp(): boolean | null {
    return this.#parts.socket.isDevUp();
  }

  getDeviceList(): ReturnType<HciSocket['getDeviceList']> {
    return this.#parts.socket.getDeviceList();
  }

  setFilter(filter: Buffer): void {
    this.#parts.socket.setFilter(filter);
  }

  start(): void {
    this.#parts.socket.start();
  }

  stop(): void {
    this.#parts.socket.stop();
  }

  write(packet: Buffer): void {
    for (const effect of this.#parts.guard.fromNoble(packet)) {
      if (effect.kind === 'to-noble') queueMicrotask(() => this.#carryOut(effect));
      else this.#carryOut(effect);
    }
  }

  /** Nothing passes any more, either way. */
  release(): void {
    this.#released = true;
    this.#parts.socket.off('data', this.#onData);
  }

  /** Of what was not done over a packet: a promise of noble's that broke. */
  threw(error: unknown, origin: Origin): void {
    const isKnown = origin.strap !== undefined || origin.handle !== undefined;
    this.#parts.onReport({ type: 'threw', reason: messageOf(error), fatal: !isKnown, ...origin });
  }

  readonly #onData = (packet: Buffer): void => {
    for (const effect of this.#parts.guard.fromController(packet)) this.#carryOut(effect);
  };

  readonly #onError = (error: Error): void => {
    if (this.#released) return;
    try {
      this.emit('error', error);
    } catch (thrown) {
      this.threw(thrown, {});
    }
  };

  #carryOut(effect: GuardEffect): void {
    if (this.#released) return;
    switch (effect.kind) {
      case 'to-noble':
        this.#toNoble(effect.packet, effect.origin);
        break;
      case 'to-controller':
        this.#parts.socket.write(effect.packet);
        break;
      case 'to-link':
        this.#parts.sendOnLink(effect.handle, effect.channel, effect.payload);
        break;
      case 'report':
        this.#parts.onReport(effect.report);
        break;
    }
  }

  #toNoble(packet: Buffer, origin: Origin): void {
    try {
      this.emit('data', packet);
    } catch (error) {
      this.threw(error, origin);
    }
  }
}
