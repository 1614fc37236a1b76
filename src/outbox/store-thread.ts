/** The thread in which a store works: opens it, and carries out one request after the other. */
import { parentPort } from 'node:worker_threads';
import { Store } from './store.ts';
import { type FromThread, failureOf, type ToThread } from './store-line.ts';

const port = parentPort;
if (port === null) throw new Error('this is the program of a thread');

let store: Store | undefined;
let idling: NodeJS.Immediate | undefined;

port.on('message', (message: ToThread) => {
  clearImmediate(idling);
  port.postMessage(answerTo(message));
  // What can wait is done once nothing is asked, so that no commit waits for it.
  idling = setImmediate(() => store?.idle());
});

function answerTo(message: ToThread): FromThread {
  try {
    if (message.type === 'open') {
      store = new Store(message.options);
      return { ok: true, answer: store.answer(), acknowledged: store.acknowledged };
    }
    if (store === undefined) throw new Error('the store was not opened');
    return { ok: true, answer: store.handle(message.request) };
  } catch (error) {
    return failureOf(error);
  }
}
