/** The thread in which a store works: opens it, and carries out one request after the other. */
import { parentPort } from 'node:worker_threads';
import { isOperatingError } from '../domain/errors.ts';
import { FallbackStore } from './fallback-store.ts';
import { NextRead } from './next-read.ts';
import { reuse } from './packing.ts';
import { type FromThread, failureOf, type ThreadAnswer, type ToThread } from './store-line.ts';
import type { StoreAnswer, StoreRequest } from './store-requests.ts';
import { ownThreadId } from './thread-state.ts';

const port = parentPort;
if (port === null) throw new Error('this is the program of a thread');

let store: FallbackStore | undefined;
let preparing: NodeJS.Immediate | undefined;
let idling: NodeJS.Timeout | undefined;
/** Since when something may wait that is done in idle time. */
let waitingSinceMs: number | undefined;
const nextRead = new NextRead();

/** Whoever reads reads on, and is through sooner for it; there is nothing new then that would have to be done. */
const QUIET_MS = 10;

/** So long it waits for idle time, however much is asked. */
const PATIENCE_MS = 100;

/** Between two pieces of what can wait: at most about half of the time goes into that. */
const PAUSE_MS = 5;

port.on('message', (message: ToThread) => {
  clearImmediate(preparing);
  tell(answerTo(message));
  preparing = setImmediate(prepare);
  // What can wait is done once nothing is asked, so that no commit waits for it; but it is done.
  const nowMs = performance.now();
  waitingSinceMs ??= nowMs;
  if (nowMs - waitingSinceMs >= PATIENCE_MS) return;
  clearTimeout(idling);
  idling = setTimeout(idle, isRead(message) ? QUIET_MS : 0);
});

function isRead(message: ToThread): boolean {
  return message.type === 'request' && message.request.type === 'read';
}

function tell(message: FromThread): void {
  // What goes into a message is handed over and not copied: it is most of what a drain moves.
  const handed = 'ok' in message && message.ok ? message.answer.encoded?.entries.buffer : undefined;
  port?.postMessage(message, handed === undefined ? [] : [handed]);
}

function prepare(): void {
  const news = nextRead.prepare(read);
  if (news !== undefined) tell({ news });
}

/** Without a word where it fails: whoever asks for the same hears of it. */
function read(request: StoreRequest): StoreAnswer | undefined {
  try {
    return store?.handle(request);
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    return undefined;
  }
}

function idle(): void {
  waitingSinceMs = undefined;
  const { isMore, againInMs, news } = store?.idle() ?? {};
  if (news !== undefined) {
    nextRead.forget();
    tell({ news });
  }
  if (isMore) idling = setTimeout(idle, PAUSE_MS);
  else if (againInMs !== undefined) idling = setTimeout(idle, againInMs);
}

function answerTo(message: ToThread): ThreadAnswer {
  try {
    if (message.type === 'open') {
      store = new FallbackStore(message.options, (notice) => tell({ notice }));
      const thread = ownThreadId();
      const opened = { ok: true, answer: store.answer(), acknowledged: store.acknowledged } as const;
      return thread === undefined ? opened : { ...opened, thread };
    }
    for (const spare of message.spares) reuse(spare);
    return { ok: true, answer: handle(message.request) };
  } catch (error) {
    return failureOf(error);
  }
}

function handle(request: StoreRequest): StoreAnswer {
  if (store === undefined) throw new Error('the store was not opened');
  const answer = nextRead.take(request) ?? store.handle(request);
  nextRead.answered(request, answer);
  return answer;
}
