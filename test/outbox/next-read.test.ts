import assert from 'node:assert/strict';
import test from 'node:test';
import type { EncodedBatch } from '../../src/domain/record.ts';
import { NextRead } from '../../src/outbox/next-read.ts';
import type { StoreAnswer, StoreRequest } from '../../src/outbox/store-requests.ts';

const EPOCH = 'k3f9';

type Read = StoreRequest & { readonly type: 'read' };

function readOf(after: number, more: Partial<Read> = {}): Read {
  const range = { after, through: 1_000 };
  return { type: 'read', epoch: EPOCH, kind: 'samples', range, limit: 10, isEncoded: true, ...more };
}

/** As a store of a thousand samples and nothing else answers. */
function answerTo(request: StoreRequest): StoreAnswer & { readonly encoded: EncodedBatch } {
  if (request.type !== 'read') throw new Error('only reads are answered');
  const { epoch, kind, range, limit } = request;
  const through = Math.min(range.through, range.after + limit);
  const state = { epoch, head: 1_000, backlog: {}, oldestMs: {}, isDamaged: false };
  const records = { length: through - range.after };
  const encoded = { kind, epoch, range: { after: range.after, through }, records, entries: new Uint8Array(2) };
  return { state, evicted: [], entered: [], encoded };
}

/** A reader to which the samples up to the tenth were given, and which has read the ten after them. */
function readAhead(): NextRead {
  const next = new NextRead();
  next.answered(readOf(0), answerTo(readOf(0)));
  next.prepare(answerTo);
  return next;
}

const append: StoreRequest = {
  type: 'append',
  epoch: EPOCH,
  parcel: { chunks: [], events: [] },
  acknowledged: [],
  isRetry: false,
};

test('what follows a full batch is read before it is asked for, and given once', () => {
  const next = readAhead();
  assert.deepEqual(next.take(readOf(10))?.encoded?.range, { after: 10, through: 20 });
  assert.equal(next.take(readOf(10)), undefined);
});

test('what was read is given to nobody who has asked for something else', () => {
  for (const other of [
    readOf(11),
    readOf(10, { epoch: 'another' }),
    readOf(10, { kind: 'alerts' }),
    readOf(10, { isEncoded: false }),
    readOf(10, { limit: 9 }),
    readOf(10, { range: { after: 10, through: 19 } }),
    append,
  ]) {
    assert.equal(readAhead().take(other), undefined, JSON.stringify(other));
  }
  assert.notEqual(readAhead().take(readOf(10, { limit: 11 })), undefined, 'fewer than asked for are as good');
});

test('reading something else leaves it as it is, and writing does not', () => {
  const alerts = readOf(0, { kind: 'alerts' });
  const next = readAhead();
  next.answered(alerts, answerTo(alerts));
  assert.notEqual(next.take(readOf(10)), undefined);

  const written = readAhead();
  written.answered(append, { state: answerTo(readOf(0)).state, evicted: [], entered: [] });
  assert.equal(written.take(readOf(10)), undefined);
});

test('nothing is read after a batch that is not full, nor after the last one', () => {
  for (const request of [readOf(995), readOf(990)]) {
    const next = new NextRead();
    next.answered(request, answerTo(request));
    next.prepare(() => assert.fail('it reads'));
  }
});

test('when reading finds that samples are gone, that is told, and what was read is not kept', () => {
  const next = new NextRead();
  next.answered(readOf(0), answerTo(readOf(0)));
  const evicted = [{ after: 10, through: 15 }];
  const news = next.prepare((request) => ({ ...answerTo(request), evicted }));
  assert.deepEqual(news?.evicted, evicted);
  assert.equal(news?.encoded, undefined);
  assert.equal(next.take(readOf(10)), undefined);
});

test('a read that fails is not kept, and not tried again before somebody asks for it', () => {
  const next = new NextRead();
  next.answered(readOf(0), answerTo(readOf(0)));
  assert.equal(
    next.prepare(() => undefined),
    undefined,
  );
  assert.equal(next.take(readOf(10)), undefined);
  next.prepare(() => assert.fail('it reads'));
});

test('when reading finds that another store has taken the place of this one, that is told with all that it knows', () => {
  const next = new NextRead();
  next.answered(readOf(0), answerTo(readOf(0)));
  const news = {
    ...answerTo(readOf(0)),
    acknowledged: [{ uplink: 'primary', kind: 'samples', pairs: [[0, 5]] }],
  } as const;
  const { encoded: _, ...told } = { ...news, state: { ...news.state, epoch: 'another' } };
  assert.deepEqual(
    next.prepare(() => told),
    told,
  );
  assert.equal(next.take(readOf(10)), undefined);
});
