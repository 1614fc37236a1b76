/** Says of a store that it was brought back from a copy, so that it gives no number a second time. */
import { OperatingError } from '../../domain/errors.ts';
import { markRestored } from '../restored-mark.ts';
import { holdAnything, requireStore } from './closed-store.ts';

/**
 * Nothing of the store is written: the mark is for the gateway's next start.
 *
 * @throws OperatingError `store-locked`, or `store-unusable` when it is not there or cannot be marked
 */
export function restored(path: string): void {
  requireStore(path);
  const held = holdAnything(path);
  try {
    markRestored(path);
  } catch (cause) {
    throw new OperatingError('store-unusable', `${path}: it cannot be marked as restored`, {
      remedy: 'the folder has to be writable, and to have room',
      cause,
    });
  } finally {
    held?.close();
  }
}
