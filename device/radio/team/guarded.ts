/** How a source tells its events. */
import type { SourceEvent } from '../../../src/ports.ts';

/**
 * Nothing comes after the stop. A consumer that throws is a broken invariant and ends the process, but not from within
 * a worker's message, which would be left half done.
 */
export function guarded(onEvent: (event: SourceEvent) => void, signal: AbortSignal): (event: SourceEvent) => void {
  return (event) => {
    if (signal.aborted) return;
    try {
      onEvent(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
