/**
 * What a strap may say while it pairs (Security Manager Protocol, Bluetooth Core Specification, volume 3, part H,
 * section 3). noble pairs, by the legacy way and without a person, when a strap wants its attributes encrypted; it
 * computes with whatever comes, in whatever order, and throws at the wrong length.
 *
 * Invariant: each of a strap's messages passes only in answer to noble's own last one.
 */
import { hex } from './packets.ts';

const CODE = { request: 1, response: 2, confirm: 3, random: 4, failed: 5 } as const;

/** By code, with the code itself. */
const LENGTHS: readonly (number | undefined)[] = [undefined, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2];

/** Keys that a strap hands over when it has paired, and what comes after: noble makes nothing of them. */
const KEYS_FIRST = 6;

export type PairingVerdict = 'pass' | 'ignore' | { readonly malformed: string };

export class PairingGuard {
  /** The code of noble's last message. */
  #sent = 0;

  sent(message: Buffer): void {
    this.#sent = message[0] ?? 0;
  }

  received(message: Buffer): PairingVerdict {
    const code = message[0] ?? 0;
    const length = LENGTHS[code];
    if (length === undefined) return { malformed: `an unknown pairing message ${hex(code, 2)}` };
    if (message.length !== length) {
      return { malformed: `a pairing message ${hex(code, 2)} of ${message.length} bytes, not ${length}` };
    }
    if (code >= KEYS_FIRST) return 'ignore';
    if (code === CODE.failed) return this.#ended();
    // A response answers the request, a confirm value the other, and so does a random value. Only we request.
    const answered = code === CODE.response ? CODE.request : code;
    const isAnswer = code !== CODE.request && this.#sent === answered;
    if (!isAnswer) return { malformed: `a pairing message ${hex(code, 2)} out of turn` };
    this.#sent = 0;
    return 'pass';
  }

  #ended(): PairingVerdict {
    const wasPairing = this.#sent !== 0;
    this.#sent = 0;
    return wasPairing ? 'pass' : 'ignore';
  }
}
