/** What a strap has sent, so that a test can tell to the last notification what must have arrived. */
import { notificationValue } from './attribute-stage.ts';
import { numberOf } from './numbered-heart.ts';

export class SentNotifications {
  /** Notifications given to the controller, and those of them that it has passed on to the central's. */
  readonly counts = { sent: 0, confirmed: 0 };
  /** The numbers of those that carry one, in their order. */
  readonly numbers = { sent: [] as number[], confirmed: [] as number[] };

  /** To be called with what is given to the controller; what it returns, when the controller has passed it on. */
  give(attribute: Buffer): () => void {
    const value = notificationValue(attribute);
    if (value === undefined) return () => {};
    const number = numberOf(value);
    this.counts.sent++;
    if (number !== undefined) this.numbers.sent.push(number);
    return () => {
      this.counts.confirmed++;
      if (number !== undefined) this.numbers.confirmed.push(number);
    };
  }
}
