import assert from 'node:assert/strict';
import test from 'node:test';
import { SCHEDULER_TIMING } from '../../../../device/radio/team/scheduling.ts';
import { address, byAddress, Script } from './script.ts';

const [A, B, C, D] = [address(1), address(2), address(3), address(4)];
const { releaseMs } = SCHEDULER_TIMING;

test('links that a worker held over a restart of the core are taken up, and those of no use are ended', () => {
  const script = new Script([...byAddress(1), { name: 'TICKR B321' }, { serial: 'S1' }]);
  const effects = script.ready('hci0', [
    { strap: A, subscribed: true },
    { strap: B, subscribed: true, name: 'TICKR B321' },
    { strap: C, subscribed: true, serial: 'S1' },
    { strap: D, subscribed: true },
    { strap: address(5), subscribed: true, name: 'TICKR B321' },
  ]);
  const released = script.all('release').map(({ strap }) => strap);
  assert.deepEqual(released, [D, address(5)]);
  assert.deepEqual([script.states('1'), script.states('2'), script.states('3')], Array(3).fill(['subscribed']));
  assert.deepEqual(
    [A, B, C, D].map((strap) => script.scheduler.athleteOf(strap)),
    ['1', '2', '3', undefined],
  );
  assert.ok(!effects.some(({ type }) => type === 'connect'));
});

test('a worker that says hello again holds what it says, and nothing of what it held', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0', [
    { strap: A, subscribed: true },
    { strap: B, subscribed: true },
  ]);
  script.ready('hci0', [{ strap: A, subscribed: true }]);
  assert.deepEqual(script.states('1').at(-1), 'subscribed');
  assert.deepEqual(script.states('2').at(-1), 'lost');
});

test('what a worker may be connecting when it says hello holds its slot until it has ended', () => {
  const script = new Script(byAddress(1, 2));
  script.ready('hci0', [{ strap: A, subscribed: false }]);
  script.hear('hci0', B);
  assert.deepEqual([script.connects, script.all('release').length], [[], 1]);
  script.end('hci0', A);
  assert.deepEqual(script.connects, ['02 over hci0']);
});

test('of two workers that both hold a strap, the second is told to let go of it', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0', [{ strap: A, subscribed: true }]);
  script.ready('hci1', [{ strap: A, subscribed: true }]);
  assert.deepEqual(
    script.all('release').map(({ adapter }) => adapter),
    ['hci1'],
  );
  script.end('hci1', A, 0x16);
  assert.deepEqual(script.states('1'), ['subscribed']);
  for (const table of ['one', 'two']) script.tell({ type: 'device', adapter: 'hci0', strap: A, table });
  assert.equal(script.conflicts.length, 1, 'the first is looked after still');
});

test('a link that nobody asked for is ended, and takes up its place until then', () => {
  const script = new Script(byAddress(1), { placesOf: () => 1 });
  script.ready('hci0');
  script.link('hci0', D, 'connected');
  assert.deepEqual(
    script.all('release').map(({ strap }) => strap),
    [D],
  );
  script.hear('hci0', A);
  assert.deepEqual(script.connects, []);
  script.end('hci0', D, 0x16);
  assert.deepEqual(script.connects, ['01 over hci0']);
});

test('a worker that tells of links without end is suspect', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0');
  for (let n = 100; n < 200; n++) script.link('hci0', address(n), 'connected');
  assert.equal(script.all('suspect').length, 1);
  assert.ok(script.all('release').length <= 64);
});

test('nothing is waited for in vain while an adapter ends a link', () => {
  const script = new Script(byAddress(1));
  script.ready('hci0', [{ strap: D, subscribed: true }]);
  assert.equal(script.scheduler.dueMs(), releaseMs);
  script.pass(releaseMs);
  assert.equal(script.all('suspect').length, 1);
});
