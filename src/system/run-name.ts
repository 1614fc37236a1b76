/**
 * Names one run of the gateway among all there ever are, so that no two alerts have one name. It is drawn and not taken from
 * the store: of a run that went on in memory while the disk was dead, the store knows nothing.
 */
import { randomBytes } from 'node:crypto';

/** 80 random bits, as an epoch has, in hex digits. */
export function runName(): string {
  return randomBytes(10).toString('hex');
}
