/**
 * What the controller is at, as far as the commands that went to it and the events that came from it tell. Commands
 * are carried out in order, so that one that was sent counts as done until the controller says otherwise.
 */
import type { MutableCounts } from './guard-effects.ts';
import type { LinkGuard } from './link-guard.ts';

export class ControllerView {
  /** Our links that are up, by connection handle. */
  readonly links = new Map<number, LinkGuard>();
  /** The address, twelve hex digits, that a connection is being made to. */
  initiating: string | undefined;
  /** The handles of links that noble has asked to end, in order, while the controller has not taken note. */
  readonly disconnecting: number[] = [];
  #isScanning = false;
  /** What noble has asked of the scan, and the controller has not answered: on or off. */
  readonly #scansAsked: boolean[] = [];
  /** How many commands of noble's, by opcode, have no answer yet. */
  readonly #owed = new Map<number, number>();
  readonly counts: MutableCounts = {
    malformed: 0,
    malformedAdvertisements: 0,
    malformedEvents: 0,
    passersBy: 0,
    foreign: 0,
    swallowed: 0,
  };

  linkTo(strap: string): LinkGuard | undefined {
    for (const link of this.links.values()) if (link.strap === strap) return link;
    return undefined;
  }

  /** Whether there is a scan once the controller has done all that it was told. */
  get scanning(): boolean {
    return this.#scansAsked.at(-1) ?? this.#isScanning;
  }

  scanAsked(on: boolean): void {
    this.#scansAsked.push(on);
  }

  scanAnswered(success: boolean): void {
    const asked = this.#scansAsked.shift();
    // A scan that may not be stopped is not on.
    if (asked === false || success) this.#isScanning = asked ?? false;
  }

  /** Somebody else has begun or ended a scan. */
  scanChanged(on: boolean): void {
    this.#isScanning = on;
  }

  asked(opcode: number): void {
    this.#owed.set(opcode, (this.#owed.get(opcode) ?? 0) + 1);
  }

  /** Whether noble had asked. */
  answered(opcode: number): boolean {
    const owed = this.#owed.get(opcode) ?? 0;
    if (owed === 0) return false;
    if (owed === 1) this.#owed.delete(opcode);
    else this.#owed.set(opcode, owed - 1);
    return true;
  }
}
