/**
 * L2CAP PDUs out of the fragments in which a link gives them (Bluetooth Core Specification, volume 3, part A,
 * section 7.2; the ACL packet is in volume 4, part E, section 5.4.2).
 *
 * Invariant: nothing is kept beyond one PDU of at most `PDU_MAX_BYTES`.
 */
import { FRAGMENT } from './packets.ts';

/** Above the MTU of every fixed channel that is in use here: 256 for attributes, 23 for signals, 65 for pairing. */
export const PDU_MAX_BYTES = 512;

const HEADER_BYTES = 4;

export type FragmentOutcome =
  | { readonly kind: 'whole'; readonly channel: number; readonly payload: Buffer }
  /** More is to come, or it is the rest of what was refused. */
  | { readonly kind: 'partial' }
  | { readonly kind: 'malformed'; readonly reason: string };

const PARTIAL: FragmentOutcome = { kind: 'partial' };

export class Reassembly {
  #parts: Buffer | undefined;
  /** What was refused goes on; its end is not told twice. */
  #skipping = false;

  /** @param flag the two bits that tell a first fragment from a later one */
  push(flag: number, fragment: Buffer): FragmentOutcome {
    if (flag === FRAGMENT.first) {
      const wasOpen = this.#parts !== undefined;
      this.#skipping = false;
      this.#parts = undefined;
      const outcome = this.#take(fragment);
      // What was begun and never ended is lost; what begins now need not be.
      const isLoss = wasOpen && outcome.kind === 'partial';
      return isLoss ? { kind: 'malformed', reason: 'a PDU begins before the last has ended' } : outcome;
    }
    if (this.#skipping) return PARTIAL;
    if (flag !== FRAGMENT.later) return this.#refuse(`a fragment of an unknown kind ${flag}`);
    if (this.#parts === undefined) return this.#refuse('a PDU goes on that has not begun');
    return this.#take(Buffer.concat([this.#parts, fragment]));
  }

  #take(bytes: Buffer): FragmentOutcome {
    this.#parts = bytes;
    if (bytes.length < HEADER_BYTES) return PARTIAL;
    const length = bytes.readUInt16LE(0);
    if (length > PDU_MAX_BYTES) return this.#refuse(`a PDU of ${length} bytes, more than ${PDU_MAX_BYTES}`);
    const missing = HEADER_BYTES + length - bytes.length;
    if (missing < 0) return this.#refuse(`a PDU with ${-missing} bytes more than it says`);
    if (missing > 0) return PARTIAL;
    this.#parts = undefined;
    return { kind: 'whole', channel: bytes.readUInt16LE(2), payload: bytes.subarray(HEADER_BYTES) };
  }

  #refuse(reason: string): FragmentOutcome {
    this.#parts = undefined;
    this.#skipping = true;
    return { kind: 'malformed', reason };
  }
}
