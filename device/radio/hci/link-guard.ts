/**
 * One link as far as the guard is concerned: what comes in over it is put together and judged by channel, and what
 * noble sends is noted.
 *
 * Invariants: noble gets whole PDUs of the attribute and the security channel only; a link's own flaws are told up to
 * `REPORTS_MAX` times, and counted always.
 */
import { AttributeGuard } from './attribute-guard.ts';
import type { GuardEffect, LinkParameters, MutableCounts, Origin } from './guard-effects.ts';
import { Reassembly } from './l2cap.ts';
import { aclFromController, CHANNEL, command, OPCODE } from './packets.ts';
import { PairingGuard } from './pairing-guard.ts';
import { SignalingGuard, type UpdateParameters } from './signaling.ts';

/** Whoever is told ends the link at the first. A strap that goes on meanwhile shall not flood anybody. */
const REPORTS_MAX = 10;

export interface LinkGuardParts {
  readonly handle: number;
  readonly strap: string;
  readonly parameters: LinkParameters;
  readonly counts: MutableCounts;
  /** Answer the strap's signals here; over the kernel the kernel does. */
  readonly answersSignals: boolean;
}

export class LinkGuard {
  readonly handle: number;
  readonly strap: string;
  parameters: LinkParameters;
  /** noble has asked for it, and the controller has not said what came of it. */
  isEncrypting = false;
  readonly #parts: LinkGuardParts;
  readonly #reassembly = new Reassembly();
  readonly #attributes = new AttributeGuard();
  readonly #pairing = new PairingGuard();
  readonly #signaling = new SignalingGuard();
  #reports = 0;

  constructor(parts: LinkGuardParts) {
    this.handle = parts.handle;
    this.strap = parts.strap;
    this.parameters = parts.parameters;
    this.#parts = parts;
  }

  get origin(): Origin {
    return { handle: this.handle, strap: this.strap };
  }

  /** The first fragment of a PDU that leaves, from byte 5 of the ACL packet on. */
  sent(fragment: Buffer): void {
    const channel = fragment.readUInt16LE(2);
    const payload = fragment.subarray(4);
    if (channel === CHANNEL.attribute) this.#attributes.sent(payload);
    else if (channel === CHANNEL.security) this.#pairing.sent(payload);
    else if (channel === CHANNEL.signaling) this.#signaling.sent();
  }

  /** The controller is done with a parameter update. */
  updated(parameters?: LinkParameters): void {
    if (parameters !== undefined) this.parameters = parameters;
    this.#signaling.updated();
  }

  received(flag: number, fragment: Buffer): GuardEffect[] {
    const outcome = this.#reassembly.push(flag, fragment);
    if (outcome.kind === 'partial') return [];
    if (outcome.kind === 'malformed') return this.malformed(outcome.reason);
    const { channel, payload } = outcome;
    if (channel === CHANNEL.attribute) return this.#onAttribute(payload);
    if (channel === CHANNEL.security) return this.#onPairing(payload);
    if (channel === CHANNEL.signaling && this.#parts.answersSignals) return this.#onSignal(payload);
    return this.#ignore();
  }

  /** Counts, and tells while it is not too often. */
  malformed(reason: string): GuardEffect[] {
    this.#parts.counts.malformed++;
    if (this.#reports++ >= REPORTS_MAX) return [];
    return [{ kind: 'report', report: { type: 'malformed', handle: this.handle, strap: this.strap, reason } }];
  }

  #onAttribute(payload: Buffer): GuardEffect[] {
    const verdict = this.#attributes.received(payload);
    switch (verdict.kind) {
      case 'malformed':
        return this.malformed(verdict.reason);
      case 'ignore':
        return this.#ignore();
      case 'answer':
        return [{ kind: 'to-link', handle: this.handle, channel: CHANNEL.attribute, payload: verdict.pdu }];
      case 'pass': {
        const passed = this.#toNoble(CHANNEL.attribute, verdict.pdu);
        if (verdict.error === undefined) return [passed];
        const { handle, strap } = this;
        return [passed, { kind: 'report', report: { type: 'attribute-error', handle, strap, ...verdict.error } }];
      }
    }
  }

  #onPairing(payload: Buffer): GuardEffect[] {
    const verdict = this.#pairing.received(payload);
    if (verdict === 'pass') return [this.#toNoble(CHANNEL.security, payload)];
    return verdict === 'ignore' ? this.#ignore() : this.malformed(verdict.malformed);
  }

  #onSignal(payload: Buffer): GuardEffect[] {
    const verdict = this.#signaling.received(payload);
    if (verdict.kind === 'malformed') return this.malformed(verdict.reason);
    if (verdict.kind === 'ignore') return this.#ignore();
    const { handle, strap } = this;
    const { update, wish } = verdict;
    const effects: GuardEffect[] = [{ kind: 'to-link', handle, channel: CHANNEL.signaling, payload: verdict.payload }];
    if (update !== undefined) effects.push({ kind: 'to-controller', packet: connectionUpdate(handle, update) });
    if (wish !== undefined) {
      const accepted = update !== undefined;
      effects.push({ kind: 'report', report: { type: 'parameter-request', handle, strap, wish, accepted } });
    }
    return effects;
  }

  #toNoble(channel: number, payload: Buffer): GuardEffect {
    return { kind: 'to-noble', packet: aclFromController(this.handle, channel, payload), origin: this.origin };
  }

  #ignore(): GuardEffect[] {
    this.#parts.counts.foreign++;
    return [];
  }
}

function connectionUpdate(handle: number, { minInterval, maxInterval, latency, timeout }: UpdateParameters): Buffer {
  const parameters = Buffer.alloc(14);
  [handle, minInterval, maxInterval, latency, timeout].forEach((value, index) => {
    parameters.writeUInt16LE(value, 2 * index);
  });
  return command(OPCODE.leConnectionUpdate, parameters);
}
