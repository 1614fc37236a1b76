import assert from 'node:assert/strict';
import test from 'node:test';
import { SCHEDULER_TIMING } from '../../../../device/radio/team/scheduling.ts';
import { address, byAddress, Script } from './script.ts';

const [A, B, C, D] = [address(1), address(2), address(3), address(4)];
const { connectMs, setUpMs, releaseMs, steadyMs, usefulMs, freshMs } = SCHEDULER_TIMING;

const HEARD = { adapter: 'hci0', rssi: -60, heardMs: 0 };

test('a strap that is heard is connected at once, and its athlete told of every step', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  assert.deepEqual(script.hear('hci0', A), [
    { type: 'connect', adapter: 'hci0', strap: A, identify: false },
    { type: 'link', athlete: '1', strap: A, adapter: 'hci0', state: 'connecting', reception: HEARD },
  ]);
  script.link('hci0', A, 'connecting');
  script.link('hci0', A, 'connected');
  script.link('hci0', A, 'subscribed');
  script.pass(steadyMs);
  script.end('hci0', A, 0x08);
  assert.deepEqual(script.states('1'), ['connecting', 'subscribed', 'lost']);
  const lost = script.all('link').at(-1);
  assert.deepEqual([lost?.reason, lost?.cause], ['so it was', 'out-of-range']);
});

test('with a connect comes how its adapter hears the strap, smoothed, and nothing where the controller does not know', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0');
  script.hear('hci0', A, { rssi: 127 });
  assert.ok(!('reception' in (script.all('link')[0] ?? {})), 'a guess is nobody’s to see');
  assert.equal(script.scheduler.receptionOf(A, 'hci0'), undefined);
  script.hear('hci0', A, { rssi: -70 });
  script.nowMs += 500;
  script.hear('hci0', A, { rssi: -80 });
  const smoothed = { adapter: 'hci0', rssi: -73, heardMs: 500 };
  assert.deepEqual(script.scheduler.receptionOf(A, 'hci0'), smoothed);
  script.nowMs += 500;
  script.hear('hci0', A, { rssi: 127 });
  assert.equal(script.scheduler.receptionOf(A, 'hci0')?.rssi, -73, 'of one that is not known nothing is made');
  assert.equal(script.scheduler.receptionOf(A, 'hci1'), undefined);
});

test('an adapter connects one strap at a time, and the next as soon as that one has a link on the air', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0');
  script.hear('hci0', A);
  script.hear('hci0', B);
  assert.deepEqual(script.connects, ['01 over hci0']);
  script.link('hci0', A, 'connected');
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci0']);
});

test('a strap that was heard a while ago is not connected until it is heard again', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0');
  script.hear('hci0', A);
  script.hear('hci0', B);
  script.pass(freshMs + 1);
  script.end('hci0', A);
  script.pass(10_000);
  assert.deepEqual(script.connects, ['01 over hci0']);
  script.hear('hci0', B);
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci0']);
});

test('a stamp of the future keeps nobody fresh', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0');
  script.hear('hci0', A);
  script.hear('hci0', B, { atMs: 1e12 });
  script.pass(freshMs + 1);
  script.end('hci0', A);
  script.pass(10_000);
  assert.deepEqual(script.connects, ['01 over hci0']);
});

test('what cannot be connected is left alone', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.hear('hci0', A, { connectable: false });
  script.pass(60_000);
  assert.deepEqual(script.connects, []);
  assert.equal(script.scheduler.athleteOf(A), '1', 'its broadcasts are the athlete’s all the same');
});

test('a worker that does not say what became of a connect is suspect, and its links are lost', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0');
  script.subscribe('hci0', B);
  script.hear('hci0', A);
  const effects = script.pass(connectMs);
  assert.equal(effects.filter(({ type }) => type === 'suspect').length, 1);
  assert.deepEqual(script.states('1'), ['connecting', 'failed']);
  assert.deepEqual(script.states('2'), ['connecting', 'subscribed', 'lost']);
  assert.equal(script.all('link').find(({ state }) => state === 'lost')?.cause, 'adapter-lost');
  script.link('hci0', A, 'connected');
  script.hear('hci0', A);
  assert.equal(script.connects.length, 2, 'nothing that it says is heard until it is ready again');
  assert.equal(script.scheduler.dueMs(), Number.POSITIVE_INFINITY);
});

test('a link that does not come to its subscription is released, and a worker that does not end it is suspect', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.hear('hci0', A);
  script.link('hci0', A, 'connected');
  assert.deepEqual(
    script.pass(setUpMs).map(({ type }) => type),
    ['release'],
  );
  const effects = script.pass(releaseMs);
  assert.deepEqual(
    effects.map(({ type }) => type),
    ['suspect', 'link'],
  );
});

test('what is late is not taken for anything else', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.hear('hci0', A);
  script.link('hci0', A, 'connected');
  script.pass(setUpMs);
  script.link('hci0', A, 'subscribed');
  assert.deepEqual(script.states('1'), ['connecting']);
  script.end('hci0', A);
  script.end('hci0', A);
  assert.deepEqual(script.states('1'), ['connecting', 'failed']);
});

test('back-off doubles from one second to half a minute, jittered, and ends with a link that held', () => {
  for (const [random, expected] of [
    [0, [1, 2, 4, 8, 15, 15]],
    [0.999_999, [2, 4, 8, 16, 30, 30]],
  ] as const) {
    const script = new Script(byAddress(1), { random: () => random });
    script.ready('hci0');
    const waits: number[] = [];
    const waitForConnect = () => {
      const fromMs = script.nowMs;
      const before = script.connects.length;
      while (script.connects.length === before) {
        script.hear('hci0', A);
        if (script.connects.length === before) script.pass(100);
      }
      return Math.round((script.nowMs - fromMs) / 1000);
    };
    waitForConnect();
    for (let i = 0; i < 6; i++) {
      script.end('hci0', A);
      waits.push(waitForConnect());
    }
    assert.deepEqual(waits, expected);
    script.link('hci0', A, 'connected');
    script.link('hci0', A, 'subscribed');
    script.pass(steadyMs);
    script.end('hci0', A, 0x08);
    assert.equal(waitForConnect(), 0, 'a good link that was lost is made again at once');
    script.end('hci0', A);
    assert.equal(waitForConnect(), expected[0]);
  }
});

test('a link that is lost soon counts as a failure', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.subscribe('hci0', A);
  script.pass(steadyMs - 1);
  script.end('hci0', A, 0x08);
  script.hear('hci0', A);
  assert.equal(script.connects.length, 1);
  script.pass(1_000);
  assert.equal(script.connects.length, 2);
});

test('a strap whose links give readings and do not hold is waited for four seconds at most, however often', () => {
  // The longest that the jitter makes of it.
  const script = new Script(byAddress(1), { random: () => 0.999 });
  script.ready('hci0');
  for (let lost = 1; lost <= 8; lost++) {
    script.subscribe('hci0', A);
    assert.equal(script.connects.length, lost);
    script.pass(usefulMs);
    script.end('hci0', A, 0x13);
    script.pass(4_000);
  }
});

test('a strap whose links end before they give readings is tried less and less often', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  for (let lost = 1; lost <= 5; lost++) {
    script.subscribe('hci0', A);
    script.pass(usefulMs - 1);
    script.end('hci0', A, 0x13);
    script.pass(30_000);
  }
  script.subscribe('hci0', A);
  script.pass(usefulMs - 1);
  script.end('hci0', A, 0x13);
  const before = script.connects.length;
  for (let s = 0; s < 10; s++) {
    script.hear('hci0', A);
    script.pass(1_000);
  }
  assert.equal(script.connects.length, before);
});

test('after one connect that failed, whoever has not failed is connected as soon as it is heard', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0');
  script.hear('hci0', A);
  script.pass(6_000);
  script.end('hci0', A);
  script.hear('hci0', B);
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci0']);
});

test('after a second one in a row the adapter listens for as long, so that others are heard', () => {
  const script = new Script(byAddress(1, 2, 3));
  script.ready('hci0');
  for (const strap of [A, B]) {
    script.hear('hci0', strap);
    script.pass(6_000);
    script.end('hci0', strap);
  }
  script.hear('hci0', C);
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci0']);
  script.pass(SCHEDULER_TIMING.listenMs);
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci0', '03 over hci0']);
});

test('who has failed before waits for others to be heard, also after one connect that failed', () => {
  const script = new Script(byAddress(1, 2, 3));
  script.ready('hci0');
  script.hear('hci0', A);
  script.pass(6_000);
  script.end('hci0', A);
  script.hear('hci0', C);
  script.link('hci0', C, 'connected');
  script.hear('hci0', B);
  script.pass(6_000);
  script.end('hci0', B);
  // Its own back-off is over by now.
  script.hear('hci0', A);
  assert.equal(script.connects.length, 3);
  script.pass(SCHEDULER_TIMING.listenMs);
  assert.deepEqual(script.connects, ['01 over hci0', '03 over hci0', '02 over hci0', '01 over hci0']);
});

test('athletes with open alerts come first, and then whoever has waited longest', () => {
  const script = new Script(byAddress(1, 2, 3, 4));
  script.ready('hci0');
  script.hear('hci0', A);
  script.pass(100);
  script.hear('hci0', A);
  script.nowMs = freshMs + 200;
  script.end('hci0', A, 0x3e);
  script.pass(2_000);
  // The first is connected at once; the order of the others shows while it holds the slot.
  script.hear('hci0', B);
  for (const strap of [A, C, D]) script.hear('hci0', strap);
  script.tell({ type: 'prefer', athletes: new Set(['4']) });
  for (const strap of [B, D, C]) script.link('hci0', strap, 'connected');
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci0', '04 over hci0', '03 over hci0', '01 over hci0']);
});

test('a preferred strap that has failed is followed by somebody else', () => {
  const script = new Script(byAddress(1, 2, 3));
  script.ready('hci0');
  script.tell({ type: 'prefer', athletes: new Set(['1', '2']) });
  script.hear('hci0', A);
  script.hear('hci0', B);
  script.hear('hci0', C);
  script.pass(200);
  script.end('hci0', A, 0x3e);
  script.pass(300);
  assert.deepEqual(script.connects, ['01 over hci0', '03 over hci0']);
  script.link('hci0', C, 'connected');
  assert.deepEqual(script.connects, ['01 over hci0', '03 over hci0', '02 over hci0']);
});

test('a strap that makes the library fail is left for a minute, and for twice as long each time', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.subscribe('hci0', A);
  script.pass(steadyMs);
  const released = script.tell({ type: 'fault', adapter: 'hci0', strap: A });
  assert.equal(released[0]?.type, 'release');
  script.end('hci0', A, 0x16);
  for (const minutes of [1, 2, 4, 8, 10, 10]) {
    const before = script.connects.length;
    script.pass(minutes * 60_000 - 1);
    script.hear('hci0', A);
    assert.equal(script.connects.length, before);
    script.pass(1);
    assert.equal(script.connects.length, before + 1, `after ${minutes} min`);
    script.tell({ type: 'fault', adapter: 'hci0', strap: A });
    script.end('hci0', A, 0x16);
  }
});

test('scanning goes on until every wish has its link, and again when one is lost', () => {
  const script = new Script([...byAddress(1), { name: 'TICKR B321' }]);
  script.ready('hci0');
  const scans = () => script.all('listen').map(({ scan }) => scan);
  const [listen] = script.all('listen');
  assert.deepEqual([listen?.addresses, listen?.names], [[A], ['TICKR B321']]);
  script.subscribe('hci0', A);
  assert.equal(scans().at(-1), true);
  script.subscribe('hci0', B, { name: 'TICKR B321' });
  assert.equal(scans().at(-1), false);
  assert.deepEqual(script.all('listen').at(-1)?.addresses, [A, B], 'not every advertisement has its name in it');
  script.pass(steadyMs);
  script.end('hci0', A, 0x08);
  assert.equal(scans().at(-1), true);
});
