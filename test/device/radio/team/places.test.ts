import assert from 'node:assert/strict';
import test from 'node:test';
import { SCHEDULER_TIMING } from '../../../../device/radio/team/scheduling.ts';
import { address, byAddress, Script } from './script.ts';

const [A, B, C, D] = [address(1), address(2), address(3), address(4)];
const { steadyMs, crampedMs } = SCHEDULER_TIMING;
const LIMITED_RESOURCES = 0x0d;
const CONNECTION_LIMIT = 0x09;

test('an adapter is asked for no more links than it has places, which are seven unless said otherwise', () => {
  for (const [places, options] of [
    [7, {}],
    [2, { placesOf: (adapter: string) => (adapter === 'hci0' ? 2 : 9) }],
  ] as const) {
    const numbers = Array.from({ length: 12 }, (_, index) => index);
    const script = new Script(byAddress(...numbers), options);
    script.ready('hci0');
    for (const n of numbers) script.subscribe('hci0', address(n));
    assert.equal(script.connects.length, places);
    assert.equal(script.all('listen').at(-1)?.scan, true, 'the others may broadcast');
  }
});

for (const code of [LIMITED_RESOURCES, CONNECTION_LIMIT]) {
  test(`an adapter that refuses with 0x0${code.toString(16)} has as many places as it holds links, and one more each minute`, () => {
    const numbers = [1, 2, 3, 4, 5];
    const script = new Script(byAddress(...numbers));
    script.ready('hci0');
    for (const n of [1, 2]) script.subscribe('hci0', address(n));
    script.pass(steadyMs);
    script.hear('hci0', C);
    script.end('hci0', C, code);
    assert.equal(script.states('3').at(-1), 'failed');
    for (let i = 0; i < 59; i++) {
      script.hear('hci0', C);
      script.pass(1_000);
    }
    assert.equal(script.connects.length, 3);
    script.pass(1_000);
    script.hear('hci0', C);
    assert.equal(script.connects.length, 4, 'it is no failure of the strap’s');
    script.end('hci0', C, code);
    script.pass(119_000);
    script.hear('hci0', C);
    assert.equal(script.connects.length, 4, 'the time doubles while it goes on refusing');
    script.pass(1_000);
    script.hear('hci0', C);
    script.link('hci0', C, 'connected');
    script.link('hci0', C, 'subscribed');
    script.hear('hci0', D);
    assert.equal(script.connects.length, 5);
    script.pass(60_000);
    script.hear('hci0', D);
    assert.equal(script.connects.length, 6, 'and is a minute again once it holds one more');
  });
}

test('links that end while an adapter is refusing one more do not lower its places', () => {
  const script = new Script(byAddress(1, 2, 3, 4));
  script.ready('hci0');
  for (const strap of [A, B, C]) script.subscribe('hci0', strap);
  script.pass(steadyMs);
  script.hear('hci0', D);
  for (const strap of [A, B, C]) script.end('hci0', strap, 0x08);
  script.end('hci0', D, LIMITED_RESOURCES);
  assert.deepEqual(script.connects.slice(4), ['04 over hci0'], 'now there is room');
  script.link('hci0', D, 'connected');
  script.link('hci0', D, 'subscribed');
  for (const strap of [A, B]) script.subscribe('hci0', strap);
  assert.deepEqual(script.connects.slice(5), ['01 over hci0', '02 over hci0']);
  script.hear('hci0', C);
  assert.equal(script.connects.length, 7, 'the three places that it was seen to have are taken');
});

test('a strap that an adapter refuses goes to another one at once', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  script.ready('hci1');
  script.hear('hci1', A, { rssi: -70 });
  script.hear('hci0', A, { rssi: -60 });
  script.end('hci0', A, LIMITED_RESOURCES);
  assert.deepEqual(script.connects, ['01 over hci0', '01 over hci1']);
});

test('an adapter that refuses while it holds nothing is left alone for a moment and keeps one place', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0');
  script.hear('hci0', A);
  script.end('hci0', A, LIMITED_RESOURCES);
  script.hear('hci0', A);
  assert.equal(script.connects.length, 1);
  script.pass(SCHEDULER_TIMING.refusedMs);
  script.hear('hci0', A);
  assert.equal(script.connects.length, 2);
});

test('a link gives way to a strap that only its adapter hears, where another adapter can take it over', () => {
  const script = new Script(byAddress(1, 2), { placesOf: () => 1 });
  script.ready('hci0');
  script.ready('hci1');
  script.hear('hci1', A, { rssi: -80 });
  script.hear('hci0', A, { rssi: -50 });
  script.link('hci0', A, 'connected');
  script.link('hci0', A, 'subscribed');
  script.pass(steadyMs);
  for (let i = 0; i <= crampedMs; i += 500) {
    script.hear('hci0', B);
    script.pass(500);
  }
  assert.deepEqual(
    script.all('release').map(({ strap }) => strap),
    [A],
  );
  script.end('hci0', A, 0x16);
  script.hear('hci0', A, { rssi: -50 });
  script.hear('hci0', B);
  script.hear('hci1', A, { rssi: -80 });
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci0', '01 over hci1']);
});

test('a place is made for a preferred athlete, first of those whose strap broadcasts, and never for a strap that failed', () => {
  const script = new Script(byAddress(1, 2, 3), { placesOf: () => 2 });
  script.ready('hci0');
  script.subscribe('hci0', A, { broadcast: {} });
  script.subscribe('hci0', B);
  script.pass(steadyMs);
  const wait = (ms: number) => {
    for (let i = 0; i <= ms; i += 500) {
      script.hear('hci0', C);
      script.pass(500);
    }
  };
  wait(30_000);
  assert.equal(script.all('release').length, 0, 'links stay with those who have them');
  script.tell({ type: 'prefer', athletes: new Set(['3']) });
  wait(crampedMs);
  assert.deepEqual(
    script.all('release').map(({ strap }) => strap),
    [A],
  );
  script.end('hci0', A, 0x16);
  script.hear('hci0', A);
  script.hear('hci0', C);
  assert.equal(script.connects.at(-1), '03 over hci0');
  script.end('hci0', C, 0x3e);
  script.hear('hci0', A);
  script.pass(500);
  script.link('hci0', A, 'subscribed');
  script.pass(steadyMs);
  wait(60_000);
  assert.equal(script.all('release').length, 1);
});
