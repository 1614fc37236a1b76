/**
 * Ends a strap's link when its time without the peer has run out, as every real controller does and btvirt does not:
 * there a link whose other side is gone is forgotten without a word.
 *
 * The controller is asked again and again whether it still knows the link, which is how a central that has gone
 * silently is found out.
 */
import { CODE, OPCODE, u16 } from './h4.ts';
import type { Linked } from './packet.ts';
import type { SharedController } from './shared-controller.ts';

export interface LinkSupervisionOptions {
  /** The longest time that a link survives its peer, whatever timeout the central has asked for. */
  readonly longestMs: number;
  /** The time has run out, of a link that the controller knows no more. */
  readonly ended: (handle: number) => void;
}

const WATCH_MS = 200;
/** Connection events that may pass before a link without a single packet is given up (Vol 6, Part B, section 4.5.2). */
const EVENTS_TO_ESTABLISH = 6;

export class LinkSupervision {
  readonly #controller: SharedController;
  readonly #options: LinkSupervisionOptions;
  #link: Linked | undefined;
  #isForgotten = false;
  #watch: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(controller: SharedController, options: LinkSupervisionOptions) {
    this.#controller = controller;
    this.#options = options;
  }

  begin(link: Linked): void {
    this.end();
    this.#link = link;
    this.#watch = setInterval(() => void this.#look(link), WATCH_MS);
  }

  /** The link has ended in another way. */
  end(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#link = undefined;
    this.#isForgotten = false;
  }

  /** From now on nothing is heard of the peer. */
  peerIsGone(): void {
    const timeoutMs = Math.min(this.#link?.supervisionTimeoutMs ?? 0, this.#options.longestMs);
    this.#endAfter(timeoutMs, CODE.connectionTimeout);
  }

  /** Nothing was ever heard of it on this link. */
  peerNeverCame(): void {
    this.#endAfter((this.#link?.intervalMs ?? 0) * EVENTS_TO_ESTABLISH, CODE.failedToEstablish);
  }

  /** It is heard again before its time has run out. */
  peerIsBack(): void {
    if (this.#isForgotten) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The controller knows nothing of the link any more. */
  forgotten(): void {
    this.#isForgotten = true;
    this.peerIsGone();
  }

  #endAfter(ms: number, reason: number): void {
    const link = this.#link;
    if (link === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      if (this.#isForgotten) this.#options.ended(link.handle);
      // btvirt tells both sides, with the reason that one of them gives.
      else void this.#controller.ask(OPCODE.disconnect, [...u16(link.handle), reason]);
    }, ms);
  }

  async #look(link: Linked): Promise<void> {
    const answer = await this.#controller.ask(OPCODE.readRemoteFeatures, u16(link.handle));
    if (this.#link === link && answer?.status === CODE.unknownConnection) this.forgotten();
  }
}
