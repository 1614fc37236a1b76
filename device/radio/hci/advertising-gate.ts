/**
 * Which advertisements noble hears of. It keeps every advertiser for ever, and most of those that it would hear are
 * telephones that pass by.
 *
 * Invariant: at most `REMEMBERED_MAX` advertisers are remembered.
 */
import { parseAdvertisement } from '../../profiles/advertisement.ts';
import { ADVERTISING, type AdvertisingReport, emptyResponseTo, eventOf, hasManufacturerData } from './advertising.ts';

/** An advertisement or a scan response, for whoever decides whether it matters. */
interface HeardAdvertisement {
  /** Twelve lower-case hex digits. */
  readonly address: string;
  readonly data: Uint8Array;
}

export type IsOfInterest = (heard: HeardAdvertisement) => boolean;

const HEART_RATE_SERVICE = '180d';

/** What is of interest where nobody says otherwise. */
export const advertisesHeartRate: IsOfInterest = ({ data }) =>
  parseAdvertisement(data).services16.includes(HEART_RATE_SERVICE);

/** Past it the advertiser heard longest ago is forgotten, and has to be of interest anew. */
const REMEMBERED_MAX = 1_000;

export class AdvertisingGate {
  readonly #isOfInterest: IsOfInterest;
  /** Addresses that were of interest lately, and whether they have ever answered a scan. */
  readonly #known = new Map<string, { answers: boolean }>();

  constructor(isOfInterest: IsOfInterest) {
    this.#isOfInterest = isOfInterest;
  }

  /**
   * The events to give to noble: of what is of interest, and of whatever else comes of an address that was of interest
   * lately, since half of what a strap has to say may be in its scan response.
   */
  pass(report: AdvertisingReport): Buffer[] {
    const known = this.#remember(report);
    if (known === undefined) return [];
    if (report.type === ADVERTISING.scanResponse) known.answers = true;
    // noble tells of a strap that has answered a scan once only when it answers again, which is not at every
    // advertisement, while the heart rate in it is of this instant.
    const isHeldBack = report.type === ADVERTISING.connectable && known.answers && hasManufacturerData(report);
    return isHeldBack ? [eventOf(report), emptyResponseTo(report)] : [eventOf(report)];
  }

  #remember({ address, data }: AdvertisingReport): { answers: boolean } | undefined {
    const known = this.#known.get(address);
    if (!this.#isOfInterest({ address, data })) return known;
    const remembered = known ?? { answers: false };
    this.#known.delete(address);
    this.#known.set(address, remembered);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED_MAX && oldest !== undefined) this.#known.delete(oldest);
    return remembered;
  }
}
