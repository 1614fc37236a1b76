/**
 * The beginning and the end of a noble instance over HCI bindings. noble has no end: its bindings poll the adapter for
 * ever, and leave listeners on the process.
 */
import type { EventEmitter } from 'node:events';
import type { NobleBindings, NobleTables } from './noble-internals.ts';

/**
 * Initialises, and leaves the process's listeners as they were: those of the bindings end the process at an interrupt,
 * in the middle of its own orderly end.
 *
 * @throws what the initialisation throws; nothing of it goes on then
 */
export function initialise(noble: NobleTables, bindings: NobleBindings): void {
  const before = listenersOn(process);
  try {
    // noble prints its warnings unless somebody else listens. None says more than its states do.
    noble.on('warning', () => {});
    // Reading the state is what initialises.
    void noble.state;
  } catch (error) {
    endPolling(bindings);
    throw error;
  } finally {
    const known = new Set(before.map(({ listener }) => listener));
    for (const { name, listener } of listenersOn(process)) if (!known.has(listener)) process.off(name, listener);
  }
}

/** Ends what the bindings do on their own, whose last scheduled poll is still to come. */
export function endPolling({ _hci: hci }: NobleBindings): void {
  const isDevUp = hci._isDevUp;
  const socket = hci._socket;
  hci.pollIsDevUp = () => {};
  socket.isDevUp = () => isDevUp;
  socket.removeAllListeners();
  socket.on('error', () => {});
  try {
    socket.stop();
  } catch {
    // It had not been started.
  }
}

type Listened = Pick<EventEmitter, 'eventNames' | 'rawListeners'>;
type Listening = readonly { readonly name: string; readonly listener: () => void }[];

function listenersOn(emitter: Listened): Listening {
  return emitter.eventNames().flatMap((name) => {
    return emitter.rawListeners(name).map((listener) => ({ name: String(name), listener: listener as () => void }));
  });
}
