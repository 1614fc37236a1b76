/** The thread in which a store works: opens it, and carries out one request after the other. */
import { parentPort } from 'node:worker_threads';
import { FallbackStore } from './fallback-store.ts';
import { type FromThread, failureOf, type ToThread } from './store-line.ts';

const port = parentPort;
if (port === null) throw new Error('this is the program of a thread');

let store: FallbackStore | undefined;
let idling: NodeJS.Timeout | undefined;

/** Between two pieces of what can wait: at most about half of the time goes into that. */
const PAUSE_MS = 5;

port.on('message', (message: ToThread) => {
  clearTimeout(idling);
  tell(answerTo(message));
  // What can wait is done once nothing is asked, so that no commit waits for it.
  idling = setTimeout(idle);
});

function tell(message: FromThread): void {
  // What goes into a message is handed over and not copied: it is most of what a drain moves.
  const handed = 'ok' in message && message.ok ? message.answer.encoded?.entries.buffer : undefined;
  port?.postMessage(message, handed === undefined ? [] : [handed]);
}

function idle(): void {
  const { isMore, againInMs, news } = store?.idle() ?? {};
  if (news !== undefined) tell({ news });
  if (isMore) idling = setTimeout(idle, PAUSE_MS);
  else if (againInMs !== undefined) idling = setTimeout(idle, againInMs);
}

function answerTo(message: ToThread): FromThread {
  try {
    if (message.type === 'open') {
      store = new FallbackStore(message.options, (notice) => tell({ notice }));
      return { ok: true, answer: store.answer(), acknowledged: store.acknowledged };
    }
    if (store === undefined) throw new Error('the store was not opened');
    return { ok: true, answer: store.handle(message.request) };
  } catch (error) {
    return failureOf(error);
  }
}
