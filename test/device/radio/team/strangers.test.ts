import assert from 'node:assert/strict';
import test from 'node:test';
import { HeardStraps, STRANGERS_MAX } from '../../../../device/radio/team/heard-straps.ts';
import { SCHEDULER_TIMING } from '../../../../device/radio/team/scheduling.ts';
import { address, begun, byAddress } from './script.ts';

const [A, B] = [address(1), address(2)];
const { steadyMs, strangerMs, missingMs } = SCHEDULER_TIMING;
const POLAR = 'Polar H10 1234ABCD';

test('strangers are asked for their serial number while a wish needs it, each of them once in ten minutes', () => {
  const script = begun({ serial: 'S1' });
  script.hear('hci0', A, { heartRate: false });
  assert.deepEqual(script.connects, []);
  const [connect] = script.hear('hci0', A);
  assert.deepEqual(connect, { type: 'connect', adapter: 'hci0', strap: A, identify: true });
  script.link('hci0', A, 'connected');
  script.tell({ type: 'device', adapter: 'hci0', strap: A, serial: 'S2', table: 't' });
  assert.deepEqual(script.all('release').length, 1);
  assert.deepEqual(script.all('link'), [], 'it is nobody’s');
  script.end('hci0', A, 0x16);
  script.advertise(strangerMs - 1_000, { [A]: undefined });
  assert.equal(script.connects.length, 1);
  script.advertise(2_000, { [A]: undefined });
  assert.equal(script.connects.length, 2);
});

test('the strap with the serial number that is wished for is kept and subscribed to', () => {
  const script = begun({ serial: 'S1' });
  script.hear('hci0', A);
  script.link('hci0', A, 'connected');
  const effects = script.tell({ type: 'device', adapter: 'hci0', strap: A, serial: 'S1', table: 't' });
  assert.deepEqual(
    effects.map(({ type }) => type),
    ['subscribe', 'link'],
  );
  script.link('hci0', A, 'subscribed');
  assert.deepEqual(script.states('1'), ['connecting', 'subscribed']);
  script.hear('hci0', B);
  assert.equal(script.connects.length, 1, 'nobody else is to be asked');
  script.pass(steadyMs);
  script.end('hci0', A, 0x08);
  script.hear('hci0', B);
  script.hear('hci0', A);
  assert.deepEqual(script.all('connect').at(-1), { type: 'connect', adapter: 'hci0', strap: A, identify: false });
});

test('a strap known by its serial number is looked for among the others when it has been missing for a while', () => {
  const script = begun({ serial: 'S1' });
  script.ready('hci0', [{ strap: A, subscribed: true, serial: 'S1' }]);
  script.end('hci0', A, 0x08);
  script.advertise(missingMs - 1_000, { [B]: undefined });
  assert.deepEqual(script.connects, []);
  script.advertise(2_000, { [B]: undefined });
  script.link('hci0', B, 'connected');
  script.tell({ type: 'device', adapter: 'hci0', strap: B, serial: 'S1', table: 't' });
  script.link('hci0', B, 'subscribed');
  assert.equal(script.scheduler.athleteOf(B), '1');
});

test('a stranger that does not tell its serial number is let go and asked again later', () => {
  const script = begun({ serial: 'S1' });
  script.hear('hci0', A);
  script.link('hci0', A, 'connected');
  script.tell({ type: 'device', adapter: 'hci0', strap: A, table: 't' });
  script.end('hci0', A, 0x16);
  script.advertise(14_000, { [A]: undefined });
  assert.equal(script.connects.length, 1);
  script.advertise(2_000, { [A]: undefined });
  assert.equal(script.connects.length, 2);
});

test('asking takes half of an adapter’s time at most', () => {
  const script = begun({ serial: 'S1' });
  for (let n = 10; n < 30; n++) script.hear('hci0', address(n));
  script.pass(6_000);
  script.end('hci0', address(10), 0x3e);
  for (let i = 0; i < 5_500; i += 500) {
    for (let n = 10; n < 30; n++) script.hear('hci0', address(n));
    script.pass(500);
  }
  assert.equal(script.connects.length, 1);
  script.pass(500);
  assert.equal(script.connects.length, 2);
});

test('a strap that was nobody’s while its name was not heard is somebody’s as soon as it is', () => {
  const script = begun({ serial: 'S1' }, { name: POLAR });
  script.hear('hci0', A);
  script.link('hci0', A, 'connected');
  script.tell({ type: 'device', adapter: 'hci0', strap: A, serial: 'S2', table: 't' });
  script.end('hci0', A, 0x16);
  script.hear('hci0', A, { name: POLAR });
  assert.deepEqual(script.all('connect').at(-1), { type: 'connect', adapter: 'hci0', strap: A, identify: false });
});

test('a strap that is nobody’s is reported, and again after ten minutes', () => {
  const script = begun(...byAddress(1));
  script.hear('hci0', B, { rssi: -71 });
  assert.deepEqual(script.all('stranger'), [{ type: 'stranger', strap: B, rssi: -71 }]);
  script.advertise(strangerMs - 500, { [B]: undefined });
  assert.equal(script.all('stranger').length, 1);
  script.advertise(1_000, { [B]: undefined });
  assert.equal(script.all('stranger').length, 2);
  assert.equal(script.scheduler.athleteOf(B), undefined);
});

test('a stranger that may be the one with the serial number is reported only once it was asked', () => {
  const script = begun({ serial: 'S1' });
  script.hear('hci0', A);
  assert.deepEqual(script.all('stranger'), []);
  script.link('hci0', A, 'connected');
  script.tell({ type: 'device', adapter: 'hci0', strap: A, serial: 'S2', table: 't' });
  assert.equal(script.all('stranger').length, 1);
});

test('however many strangers pass, few are remembered, few are reported, and the team is served meanwhile', () => {
  const script = begun(...byAddress(1), { name: POLAR }, { serial: 'S1' });
  const stranger = (n: number) => (0xc000_0000_0000 + n).toString(16);
  let subscribedAfter = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 100_000; n++) {
    script.pass(3);
    script.hear('hci0', stranger(n), { name: n % 3 === 0 ? POLAR : 'HRM' });
    if (n % 200 === 0) script.hear('hci0', A);
    const [connect] = script.effects.splice(0).filter(({ type }) => type === 'connect');
    if (connect?.type !== 'connect') continue;
    script.link('hci0', connect.strap, connect.strap === A ? 'subscribed' : 'connected');
    if (connect.strap === A) subscribedAfter = Math.min(subscribedAfter, n);
    else script.end('hci0', connect.strap, 0x3e);
  }
  assert.ok(subscribedAfter < 3_000, `subscribed after ${subscribedAfter} passers-by`);
  assert.equal(script.scheduler.athleteOf(A), '1');
});

test('the memory of passers-by is bounded, and never forgets a strap with a link', () => {
  const straps = new HeardStraps();
  const linked = straps.meet(A);
  linked.links = 1;
  for (let n = 0; n < 10 * STRANGERS_MAX; n++) straps.meet(address(100 + n));
  assert.equal(straps.size, STRANGERS_MAX);
  assert.equal(straps.get(A), linked);
});
