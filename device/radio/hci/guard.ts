/**
 * Stands between noble and a controller, and judges every packet both ways. It decides and does nothing: what is to be
 * done comes out as data.
 *
 * Invariant: noble sees no packet that it would read beyond its end, that would make it print, or that is not of its
 * own doing.
 */
import { AdvertisingGate, advertisesHeartRate, type IsOfInterest } from './advertising-gate.ts';
import { CommandGate, type ScanDuty } from './command-gate.ts';
import { ControllerView } from './controller-view.ts';
import { EventGate } from './event-gate.ts';
import type { GuardCounts, GuardEffect, LinkParameters } from './guard-effects.ts';
import { HANDLE_MASK, OPCODE, PACKET } from './packets.ts';

export interface GuardOptions {
  /** Whether noble is to hear of an advertiser; those of heart rate where it is not given. Must not throw. */
  readonly isOfInterest?: IsOfInterest;
  /**
   * Nobody else uses the controller, as over H4: straps that want other link parameters are answered here, and links
   * that nobody asked for are ended. Over the kernel the first is the kernel's, and the second may be anybody's.
   */
  readonly ownsController: boolean;
  /** Of the commands to scan and to connect. */
  readonly ownAddressType?: 'public' | 'random';
}

export interface LinkSummary {
  readonly handle: number;
  /** Twelve lower-case hex digits. */
  readonly strap: string;
  readonly parameters: LinkParameters;
}

export class Guard {
  readonly #view = new ControllerView();
  readonly #events: EventGate;
  readonly #commands: CommandGate;

  constructor({ isOfInterest = advertisesHeartRate, ownsController, ownAddressType = 'public' }: GuardOptions) {
    this.#events = new EventGate({ view: this.#view, advertising: new AdvertisingGate(isOfInterest), ownsController });
    this.#commands = new CommandGate(this.#view);
    this.#commands.ownAddressType = ownAddressType === 'random' ? 1 : 0;
  }

  /** Takes effect with the next start of a scan. Undefined: by whether there are links. */
  setScanDuty(duty: ScanDuty | undefined): void {
    this.#commands.scanDuty = duty;
  }

  get counts(): GuardCounts {
    return { ...this.#view.counts };
  }

  get links(): readonly LinkSummary[] {
    return [...this.#view.links.values()].map(({ handle, strap, parameters }) => ({ handle, strap, parameters }));
  }

  get scanning(): boolean {
    return this.#view.scanning;
  }

  /** The strap that a connection is being made to. */
  get initiating(): string | undefined {
    return this.#view.initiating;
  }

  /** @param packet as noble's socket gives it, with its type byte */
  fromController(packet: Buffer): GuardEffect[] {
    switch (packet[0]) {
      case PACKET.event:
        return this.#events.pass(packet);
      case PACKET.acl:
        return this.#acl(packet);
      case PACKET.command:
        return this.#othersCommand(packet);
      default:
        this.#view.counts.foreign++;
        return [];
    }
  }

  /** @param packet as noble writes it */
  fromNoble(packet: Buffer): GuardEffect[] {
    return this.#commands.pass(packet);
  }

  #acl(packet: Buffer): GuardEffect[] {
    const head = packet.length < 5 ? undefined : packet.readUInt16LE(1);
    const link = head === undefined ? undefined : this.#view.links.get(head & HANDLE_MASK);
    if (head === undefined || link === undefined) {
      this.#view.counts.foreign++;
      return [];
    }
    if (packet.length !== 5 + packet.readUInt16LE(3)) return link.malformed('an ACL packet of a wrong length');
    return link.received(head >> 12, packet.subarray(5));
  }

  /** The kernel shows what other programs tell the controller. noble wants to know of scans. */
  #othersCommand(packet: Buffer): GuardEffect[] {
    const isScan =
      packet.length === 6 && packet.readUInt16LE(1) === OPCODE.leSetScanEnable && packet.readUInt8(3) === 2;
    if (!isScan) {
      this.#view.counts.foreign++;
      return [];
    }
    this.#view.scanChanged(packet[4] === 1);
    return [{ kind: 'to-noble', packet, origin: {} }];
  }
}
