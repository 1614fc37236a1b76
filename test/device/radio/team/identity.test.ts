import assert from 'node:assert/strict';
import test from 'node:test';
import { isOneStrapsName } from '../../../../device/radio/team/identity.ts';
import { SCHEDULER_TIMING } from '../../../../device/radio/team/scheduling.ts';
import { address, begun, byAddress } from './script.ts';

const [A, B, C] = [address(1), address(2), address(3)];
const { steadyMs, rivalMs, changeoverMs, conflictMs } = SCHEDULER_TIMING;
const POLAR = 'Polar H10 1234ABCD';

test('a name is compared exactly', () => {
  const script = begun({ name: POLAR });
  script.hear('hci0', A, { name: 'Polar H10 1234ABCE' });
  script.hear('hci0', B, { name: 'polar h10 1234abcd' });
  assert.deepEqual(script.connects, []);
  script.hear('hci0', C, { name: POLAR });
  assert.deepEqual(script.connects, ['03 over hci0']);
});

test('a strap that fits two athletes is one’s only: by its address before its serial number before its name', () => {
  const script = begun({ name: POLAR }, { address: A }, { name: POLAR });
  script.subscribe('hci0', A, { name: POLAR });
  assert.equal(script.scheduler.athleteOf(A), '2');
  assert.deepEqual([script.states('1'), script.states('3')], [[], []]);
  assert.deepEqual(script.conflicts, ['one-strap-two-athletes: 2 01 1']);
  script.subscribe('hci0', B, { name: POLAR });
  assert.equal(script.scheduler.athleteOf(B), '1', 'among equals the first in the file');
});

test('a strap whose serial number turns out to be another athlete’s changes hands with its link', () => {
  const script = begun({ name: POLAR }, { serial: 'S1' });
  script.subscribe('hci0', A, { name: POLAR });
  assert.equal(script.scheduler.athleteOf(A), '1');
  script.tell({ type: 'device', adapter: 'hci0', strap: A, serial: 'S1', table: 't' });
  assert.equal(script.scheduler.athleteOf(A), '2');
  assert.deepEqual(script.states('1'), ['connecting', 'subscribed', 'lost']);
  assert.deepEqual(script.states('2'), ['connecting', 'subscribed']);
  assert.equal(script.all('release').length, 0);
  script.end('hci0', A, 0x08);
  script.pass(10_000);
  script.hear('hci0', A, { name: POLAR });
  assert.equal(script.all('link').at(-1)?.athlete, '2');
  assert.deepEqual(script.conflicts, ['one-strap-two-athletes: 2 01 1']);
});

test('of two straps with one shared name the first is read and the other reported', () => {
  const script = begun({ name: 'HRM' });
  script.advertise(2_000, { [A]: 'HRM', [B]: 'HRM' });
  assert.deepEqual(script.connects, ['01 over hci0']);
  assert.deepEqual(
    [A, B].map((strap) => script.scheduler.athleteOf(strap)),
    ['1', undefined],
  );
  assert.deepEqual(script.conflicts, ['two-straps-one-athlete: 1 01 02']);
  script.link('hci0', A, 'subscribed');
  script.advertise(conflictMs, { [B]: 'HRM' });
  assert.equal(script.conflicts.length, 2, 'it is told again once in a while');
});

test('a second sender of a name that is one strap’s alone is an impostor, also while the strap is linked', () => {
  for (const match of [{ name: POLAR }, { address: A }]) {
    const script = begun(match);
    script.subscribe('hci0', A, { name: POLAR });
    script.advertise(rivalMs, { [B]: POLAR });
    assert.deepEqual(script.conflicts, []);
    script.advertise(1_000, { [B]: POLAR });
    assert.deepEqual(script.conflicts, ['second-advertiser: 1 01 02']);
    assert.equal(script.scheduler.athleteOf(B), undefined);
  }
});

test('an impostor that changes its address is told of as well', () => {
  const script = begun({ name: POLAR });
  script.subscribe('hci0', A, { name: POLAR });
  for (let n = 10; n < 40; n++) script.advertise(500, { [address(n)]: POLAR });
  assert.equal(script.conflicts.length, 1);
});

test('a strap that has changed its address is found again, and is no second one', () => {
  const script = begun({ name: POLAR });
  script.subscribe('hci0', A, { name: POLAR });
  script.pass(steadyMs);
  // The old link is missed only after its supervision timeout.
  script.advertise(6_000, { [B]: POLAR });
  script.end('hci0', A, 0x08);
  script.advertise(changeoverMs, { [B]: POLAR });
  assert.deepEqual(script.connects, ['01 over hci0', '02 over hci0']);
  script.link('hci0', B, 'subscribed');
  script.end('hci0', A, 0x08);
  assert.deepEqual(script.states('1'), ['connecting', 'subscribed', 'lost', 'connecting', 'subscribed']);
  assert.equal(script.scheduler.athleteOf(B), '1');
  assert.deepEqual(script.conflicts, []);
});

test('a strap under a known address that has another serial number now is let go, and is an impostor', () => {
  const script = begun({ serial: 'S1' });
  script.ready('hci0', [{ strap: A, subscribed: true, serial: 'S1' }]);
  assert.equal(script.scheduler.athleteOf(A), '1');
  script.tell({ type: 'device', adapter: 'hci0', strap: A, serial: 'S2', table: 't' });
  assert.equal(script.all('release').length, 1);
  assert.deepEqual(script.conflicts, ['second-advertiser: 1 01']);
  script.end('hci0', A, 0x16);
  assert.equal(script.scheduler.athleteOf(A), undefined);
});

test('where the first of two straps fails again and again, the second is tried', () => {
  const script = begun({ name: 'HRM' });
  for (let i = 0; i < 60 && script.connects.at(-1) !== '02 over hci0'; i++) {
    script.advertise(500, { [A]: 'HRM', [B]: 'HRM' });
    script.end('hci0', A, 0x3e);
  }
  assert.deepEqual(script.connects, [...Array(3).fill('01 over hci0'), '02 over hci0']);
});

test('the same address with another kind of address is an impostor', () => {
  const script = begun(...byAddress(1));
  script.hear('hci0', A, { addressType: 'random' });
  script.hear('hci0', A, { addressType: 'public' });
  const [conflict] = script.all('conflict');
  assert.deepEqual([conflict?.conflict, conflict?.other], ['second-advertiser', `${A} with a public address`]);
});

test('a strap whose GATT table is another one than at its last link is reported', () => {
  const script = begun(...byAddress(1));
  for (const table of ['one', 'one', 'two']) {
    script.subscribe('hci0', A);
    script.tell({ type: 'device', adapter: 'hci0', strap: A, table });
    script.pass(steadyMs);
    script.end('hci0', A, 0x08);
  }
  assert.deepEqual(script.conflicts, ['gatt-table-changed: 1 01']);
});

test('a name is one strap’s alone where it ends in the digits that makers give', () => {
  for (const name of [POLAR, 'TICKR B321', 'HRM-Dual:123456', 'Polar OH1 0A1B2C3D'])
    assert.ok(isOneStrapsName(name), name);
  for (const name of ['HRM', 'TICKR', 'Polar H10', 'Forerunner 945', 'BEEF', 'Strap', ''])
    assert.ok(!isOneStrapsName(name), name);
});
