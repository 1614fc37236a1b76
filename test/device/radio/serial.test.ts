import assert from 'node:assert/strict';
import test from 'node:test';
import { demoTeam } from '../../../simulator/world.ts';
import { Rig } from './rig.ts';

const bySerial = { id: '9', strap: { serial: '0123456789' } };

test('a strap wished for by serial number is found by asking the others, each of them once', async () => {
  const rig = new Rig({ athletes: [...demoTeam(6), bySerial] });
  await rig.start(rig.world.wishes.filter(({ athlete }) => athlete === '9' || athlete === '1'));
  await rig.clock.advanceTo(60_000);
  assert.deepEqual(rig.states('9'), ['connecting', 'subscribed']);
  assert.ok(rig.measurements('9').length > 40);
  assert.deepEqual(rig.states('1'), ['connecting', 'subscribed']);
  for (const stranger of ['2', '3', '4', '5', '6']) {
    assert.ok(rig.strap(stranger).links <= 1);
    assert.equal(rig.strap(stranger).linked, false, 'a stranger is let go');
    assert.deepEqual(rig.states(stranger), []);
  }
  await rig.stop();
});

test('a serial number is compared without the zeros that pad it', async () => {
  const rig = new Rig({ athletes: [bySerial] });
  rig.strap('9').read = () => Buffer.from('0123456789\0\0\0\0');
  await rig.start();
  await rig.clock.advanceTo(10_000);
  assert.deepEqual(rig.states('9'), ['connecting', 'subscribed']);
  await rig.stop();
});

test('once known, its strap is found again without asking anybody', async () => {
  const rig = new Rig({ athletes: [...demoTeam(4), bySerial] });
  await rig.start(rig.world.wishes.filter(({ athlete }) => athlete === '9'));
  await rig.clock.advanceTo(30_000);
  const asked = () => ['1', '2', '3', '4'].map((athlete) => rig.strap(athlete).links);
  const before = asked();
  rig.strap('9').leave();
  await rig.clock.advanceTo(45_000);
  rig.strap('9').comeBack();
  rig.strap('9').ignores.add('read');
  await rig.clock.advanceTo(60_000);
  assert.deepEqual(rig.states('9'), ['connecting', 'subscribed', 'lost', 'connecting', 'subscribed']);
  assert.deepEqual(asked(), before);
  await rig.stop();
});

test('while the wished-for strap is away, the others are asked again only after minutes', async () => {
  const rig = new Rig({ athletes: [...demoTeam(3), bySerial], scheduling: { strangerMs: 300_000 } });
  rig.strap('9').leave();
  await rig.start(rig.world.wishes.filter(({ athlete }) => athlete === '9'));
  await rig.clock.advanceTo(290_000);
  const asked = () => ['1', '2', '3'].map((athlete) => rig.strap(athlete).links);
  assert.deepEqual(asked(), [1, 1, 1]);
  await rig.clock.advanceTo(330_000);
  assert.deepEqual(asked(), [2, 2, 2]);
  await rig.stop();
});

test('a strap that does not tell its serial number is let go and asked again later', async () => {
  const rig = new Rig({ athletes: [bySerial] });
  rig.strap('9').ignores.add('read');
  await rig.start();
  await rig.clock.advanceTo(20_000);
  assert.deepEqual([rig.strap('9').links, rig.strap('9').linked, rig.states('9')], [1, false, []]);
  rig.strap('9').ignores.delete('read');
  await rig.clock.advanceTo(60_000);
  assert.equal(rig.states('9').at(-1), 'subscribed');
  await rig.stop();
});
