/** What is known of one advertiser, over all adapters: how it is heard, who it says it is, and how its links fared. */
import type { StrapId } from '../../../src/domain/sample.ts';
import type { Reception } from '../../../src/ports.ts';
import { doubledMs, retryDelayMs } from './retry.ts';
import type { SchedulerTiming, SightingInput } from './scheduling.ts';

/** An adapter's hearing of a strap. */
export interface Hearing {
  /** Smoothed, dBm. */
  rssi: number;
  heardMs: number;
  /** Otherwise the controller does not know it, and `rssi` is a guess. */
  isMeasured: boolean;
}

/** Share of the newest value in the smoothed signal: some ten sightings, since bodies come between. */
const NEWEST_SHARE = 0.3;

/** Where a controller does not know the signal: a weak one. */
const UNKNOWN_RSSI = 127;
const WEAK_RSSI = -95;

const NEVER = Number.NEGATIVE_INFINITY;

export class HeardStrap {
  readonly id: StrapId;
  readonly hearings = new Map<string, Hearing>();
  /** Failures in a row, by adapter. */
  readonly failuresOn = new Map<string, number>();
  /** As it was first heard. */
  addressType: 'public' | 'random' | undefined;
  name: string | undefined;
  serial: string | undefined;
  /** Fingerprint of its GATT table at the last link. */
  table: string | undefined;
  connectable = false;
  heartRate = false;
  /** Links to it that there are, or that are being made or ended; more than one only where a worker has one of its own. */
  links = 0;
  /** Failures in a row, over all adapters. */
  failures = 0;
  heardMs = NEVER;
  /** Since when it has been heard without a long pause. */
  presentSinceMs = NEVER;
  /** When it was last heard, or its link ended. */
  lastSignMs = NEVER;
  lastAttemptMs = NEVER;
  broadcastMs = NEVER;
  /** When it was last told of as a stranger. */
  toldMs = NEVER;
  #notBeforeMs = NEVER;
  #quarantinedUntilMs = NEVER;
  #faults = 0;
  #faultMs = NEVER;

  constructor(id: StrapId) {
    this.id = id;
  }

  hear(sighting: SightingInput, nowMs: number, { inRangeMs }: SchedulerTiming): void {
    const { adapter, name, connectable, heartRate } = sighting;
    // A stamp of the future would keep a strap fresh that is gone.
    const heardMs = Math.min(sighting.atMs, nowMs);
    if (heardMs - this.heardMs > inRangeMs) this.presentSinceMs = heardMs;
    const before = this.hearings.get(adapter);
    const isKnown = sighting.rssi !== UNKNOWN_RSSI;
    const rssi = isKnown ? sighting.rssi : (before?.rssi ?? WEAK_RSSI);
    const isNew = before === undefined || heardMs - before.heardMs > inRangeMs || (isKnown && !before.isMeasured);
    this.hearings.set(adapter, {
      rssi: isNew ? rssi : before.rssi + NEWEST_SHARE * (rssi - before.rssi),
      heardMs,
      isMeasured: isKnown || before?.isMeasured === true,
    });
    this.heardMs = Math.max(this.heardMs, heardMs);
    this.lastSignMs = Math.max(this.lastSignMs, heardMs);
    this.addressType ??= sighting.addressType;
    if (name !== undefined) this.name = name;
    this.connectable = connectable;
    // A scan response may lack it.
    if (heartRate) this.heartRate = true;
    if (sighting.broadcast !== undefined) this.broadcastMs = heardMs;
  }

  /** How this adapter hears it, for people; undefined where it does not, or does not know how well. */
  receptionOn(adapter: string): Reception | undefined {
    const hearing = this.hearings.get(adapter);
    if (hearing === undefined || !hearing.isMeasured) return undefined;
    return { adapter, rssi: Math.round(hearing.rssi), heardMs: hearing.heardMs };
  }

  get linked(): boolean {
    return this.links > 0;
  }

  /** When its back-off and its quarantine are over. */
  get restsUntilMs(): number {
    return Math.max(this.#notBeforeMs, this.#quarantinedUntilMs);
  }

  isQuarantined(nowMs: number): boolean {
    return this.#quarantinedUntilMs > nowMs;
  }

  restUntil(untilMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, untilMs);
  }

  /** It turns out to be somebody's: as a stranger it was to be left in peace. */
  becameKnown(): void {
    this.failures = 0;
    this.#notBeforeMs = NEVER;
  }

  failed(adapter: string, nowMs: number, random: number, { strapRetry }: SchedulerTiming): void {
    this.failuresOn.set(adapter, (this.failuresOn.get(adapter) ?? 0) + 1);
    this.#notBeforeMs = nowMs + retryDelayMs(strapRetry, this.failures++, random);
  }

  /** Its link gave readings and did not hold: the row of failures ends, and what there is to wait stays short. */
  gaveReadings(): void {
    this.failures = Math.min(this.failures, 1);
  }

  /** Its link has been good; whatever comes next is a new beginning. */
  succeeded(): void {
    this.failures = 0;
    this.failuresOn.clear();
    this.#notBeforeMs = NEVER;
  }

  faulted(nowMs: number, { quarantine, faultMemoryMs }: SchedulerTiming): void {
    if (nowMs - this.#faultMs > faultMemoryMs) this.#faults = 0;
    this.#faultMs = nowMs;
    this.#quarantinedUntilMs = nowMs + doubledMs(quarantine, this.#faults++);
  }
}
