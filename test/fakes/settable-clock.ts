/** A machine whose wall clock is set now and then, by NTP or by hand; its monotonic clock counts on. */
import { SimulatedClock } from '../../simulator/clock.ts';

export class SettableClock extends SimulatedClock {
  #offsetMs = 0;

  override wallMs(): number {
    return super.wallMs() + this.#offsetMs;
  }

  /** The wall clock says this from now on, Unix ms. */
  set(wallMs: number): void {
    this.#offsetMs += wallMs - this.wallMs();
  }
}
