import assert from 'node:assert/strict';
import test from 'node:test';
import { SCHEDULER_TIMING } from '../../../../device/radio/team/scheduling.ts';
import { address, byAddress, Script } from './script.ts';

const [A, B, C, D] = [address(1), address(2), address(3), address(4)];
const { settleMs, steadyMs, betterMs } = SCHEDULER_TIMING;

test('a strap goes to the adapter that hears it best, which has a moment’s time to hear it', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.ready('hci1');
  script.hear('hci0', A, { rssi: -80 });
  assert.deepEqual(script.connects, []);
  script.pass(settleMs - 1);
  script.hear('hci1', A, { rssi: -60 });
  assert.deepEqual(script.connects, ['01 over hci1'], 'nobody else is to be waited for');
});

test('a strap that only one adapter hears is connected over it when the others have had their time', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.ready('hci1');
  script.hear('hci0', A);
  script.pass(settleMs);
  assert.deepEqual(script.connects, ['01 over hci0']);
});

test('straps that are heard alike spread over the adapters by free places', () => {
  const script = new Script(byAddress(1, 2, 3, 4));
  script.ready('hci0');
  script.ready('hci1');
  for (const strap of [A, B, C, D]) {
    script.hear('hci0', strap, { rssi: -60 });
    script.hear('hci1', strap, { rssi: -61 });
    const adapter = script.all('connect').at(-1)?.adapter ?? '';
    script.link(adapter, strap, 'subscribed');
  }
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci1', '03 over hci0', '04 over hci1']);
});

test('a far better adapter that is busy is waited for a while, and no longer', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0');
  script.ready('hci1');
  script.hear('hci1', B, { rssi: -90 });
  script.hear('hci0', B, { rssi: -50 });
  script.hear('hci0', A, { rssi: -50 });
  script.hear('hci1', A, { rssi: -90 });
  script.pass(betterMs - 1);
  assert.deepEqual(script.connects, ['02 over hci0']);
  script.hear('hci1', A, { rssi: -90 });
  script.pass(1);
  assert.deepEqual(script.connects, ['02 over hci0', '01 over hci1']);
});

test('a strap that fails three times in a row on one adapter is handed over to another that hears it', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.ready('hci1');
  const attempt = () => {
    const before = script.connects.length;
    while (script.connects.length === before) {
      script.hear('hci1', A, { rssi: -90 });
      script.hear('hci0', A, { rssi: -40 });
      script.pass(500);
    }
    const adapter = script.all('connect').at(-1)?.adapter ?? '';
    script.end(adapter, A, 0x3e);
    return adapter;
  };
  assert.deepEqual([attempt(), attempt(), attempt()], ['hci0', 'hci0', 'hci0']);
  assert.deepEqual([attempt(), attempt(), attempt()], ['hci1', 'hci1', 'hci1']);
  assert.deepEqual([attempt(), attempt()], ['hci0', 'hci1'], 'where both fail, they take turns');
});

test('when an adapter is lost its straps go at once to another that hears them', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.subscribe('hci0', A);
  script.ready('hci1');
  script.pass(steadyMs);
  script.tell({ type: 'adapter-lost', adapter: 'hci0', reason: 'unplugged' });
  assert.deepEqual(script.states('1'), ['connecting', 'subscribed', 'lost']);
  script.hear('hci1', A);
  assert.deepEqual(script.connects, ['01 over hci0', '01 over hci1']);
});

test('a strap that was being connected when its adapter was lost backs off: it may be the cause', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.hear('hci0', A);
  script.tell({ type: 'adapter-lost', adapter: 'hci0' });
  script.ready('hci0');
  script.hear('hci0', A);
  assert.equal(script.connects.length, 1);
  script.pass(1_000);
  assert.equal(script.connects.length, 2);
});

test('what an earlier worker heard is no reason to ask the next one for a connect', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.subscribe('hci0', A);
  script.pass(steadyMs);
  script.end('hci0', A, 0x08);
  script.ready('hci1');
  script.hear('hci0', A);
  assert.equal(script.connects.length, 1);
  script.tell({ type: 'adapter-lost', adapter: 'hci0' });
  script.pass(100);
  script.ready('hci0');
  script.pass(settleMs);
  assert.equal(script.connects.length, 1);
  script.hear('hci0', A);
  assert.equal(script.connects.length, 2);
});
