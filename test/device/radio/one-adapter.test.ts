import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { demoTeam } from '../../../simulator/world.ts';
import { Rig, withRig } from './rig.ts';

test('thirty straps are all subscribed within seconds, each reading once a second from then on', async () => {
  await withRig({ athletes: demoTeam(30) }, async (rig) => {
    await rig.clock.advanceTo(20_000);
    for (const { athlete } of rig.world.wishes) {
      assert.deepEqual(rig.states(athlete), ['connecting', 'subscribed']);
      const own = rig.measurements(athlete);
      assert.ok(own.length >= 8, `athlete ${athlete} has ${own.length} readings in 20 s`);
      assert.equal(new Set(own.map(({ strap }) => strap)).size, 1);
    }
    assert.deepEqual(
      rig.adapters().map(({ state }) => state),
      ['ready'],
    );
    assert.equal(rig.world.bindings.scanning, false, 'nobody is left to look for');
  });
});

test('a reading comes with how well its strap was heard before it was linked', async () => {
  await withRig({}, async (rig) => {
    await rig.clock.advanceTo(20_000);
    const [connecting] = rig.links('1');
    assert.ok(connecting?.reception);
    const { adapter, rssi, heardMs } = connecting.reception;
    assert.equal(adapter, 'simulated');
    assert.ok(rssi >= -85 && rssi <= -45, `${rssi}`);
    assert.ok(heardMs <= connecting.monotonicMs);
    const all = rig.measurements('1');
    assert.ok(all.length > 3);
    for (const { reception } of all) assert.deepEqual(reception, connecting.reception);
  });
});

test('a reading is stamped with the instant at which the strap sent it', async () => {
  await withRig({ athletes: demoTeam(5) }, async (rig) => {
    const sent: { athlete: string; atMs: number }[] = [];
    for (const [athlete, strap] of rig.world.straps) {
      const send = strap.send.bind(strap);
      strap.send = (value) => {
        sent.push({ athlete, atMs: rig.clock.monotonicMs() });
        send(value);
      };
    }
    await rig.clock.advanceTo(30_000);
    const stamped = rig.measurements().map(({ athlete, monotonicMs }) => ({ athlete, atMs: monotonicMs }));
    assert.deepEqual(stamped, sent);
    assert.ok(sent.length > 100 && sent.every(({ atMs }) => Number.isInteger(atMs)));
  });
});

test('the same seed gives the same events at every pace, with faults and all', async () => {
  const untilMs = 300_000;
  const stepped = new Rig({ athletes: demoTeam(6), faults: true, seed: 11 });
  await stepped.start();
  await stepped.clock.advanceTo(untilMs);
  assert.ok(stepped.events.some(({ type, ...event }) => type === 'link' && 'state' in event && event.state === 'lost'));

  const paced = new Rig({ athletes: demoTeam(6), faults: true, seed: 11 });
  await paced.start();
  const end = new AbortController();
  paced.clock.at(untilMs, () => end.abort());
  await paced.clock.run({ speed: 10_000, signal: end.signal });
  assert.deepEqual(paced.events, stepped.events);
  await Promise.all([stepped.stop(), paced.stop()]);
});

test('events come in the order of their stamps, and a strap reads only while it has one link', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      await withRig({ seed, athletes: demoTeam(8), faults: true }, async (rig) => {
        await rig.clock.advanceTo(600_000);
        let lastMs = 0;
        const linked = new Map<string, string>();
        for (const event of rig.events) {
          assert.ok(event.monotonicMs >= lastMs);
          lastMs = event.monotonicMs;
          if (event.type === 'measurement') assert.equal(linked.get(event.athlete), 'subscribed');
          if (event.type !== 'link') continue;
          const before = linked.get(event.athlete);
          if (event.state === 'connecting') assert.ok(before === undefined || before === 'lost' || before === 'failed');
          else if (event.state === 'lost') assert.equal(before, 'subscribed');
          else assert.equal(before, 'connecting');
          linked.set(event.athlete, event.state);
        }
      });
    }),
    { numRuns: 10 },
  );
});

test('a link that is lost is reported with its reason, and the strap is read again when it is back', async () => {
  await withRig({}, async (rig) => {
    await rig.clock.advanceTo(20_000);
    rig.strap('2').leave();
    await rig.clock.advanceTo(60_000);
    assert.deepEqual(rig.states('2'), ['connecting', 'subscribed', 'lost']);
    const lost = rig.links('2').at(-1);
    assert.deepEqual([lost?.monotonicMs, lost?.reason], [26_000, 'out of range']);
    assert.ok(rig.measurements('2').every(({ monotonicMs }) => monotonicMs < 20_000));

    rig.strap('2').comeBack();
    await rig.clock.advanceTo(70_000);
    assert.deepEqual(rig.states('2').slice(3), ['connecting', 'subscribed']);
    assert.ok(rig.measurements('2').some(({ monotonicMs }) => monotonicMs > 60_000));
    assert.deepEqual(rig.states('1'), ['connecting', 'subscribed'], 'the others noticed nothing');
  });
});

test('a strap that drops every link after a moment is tried less and less often', async () => {
  const rig = new Rig();
  const drop = () => {
    if (rig.strap('3').subscribed) rig.strap('3').drop(0x13);
    rig.clock.at(rig.clock.monotonicMs() + 500, drop);
  };
  drop();
  await rig.start();
  await rig.clock.advanceTo(600_000);
  const attempts = rig.states('3').filter((state) => state === 'connecting').length;
  assert.ok(attempts >= 15 && attempts <= 60, `${attempts} attempts in ten minutes`);
  assert.ok(rig.links('3').some(({ reason }) => reason === 'the strap ended the link'));
  await rig.stop();
});

test('a strap that vanishes while it is being connected costs no more than its own time', async () => {
  await withRig({ athletes: demoTeam(10) }, async (rig) => {
    rig.strap('1').ignores.add('connect');
    await rig.clock.advanceTo(25_000);
    const failed = rig.links('1').find(({ state }) => state === 'failed');
    assert.equal(failed?.reason, 'connecting: no answer within 6 s');
    for (const { athlete } of rig.world.wishes.slice(1)) {
      assert.deepEqual(rig.states(athlete), ['connecting', 'subscribed']);
      assert.ok((rig.links(athlete)[1]?.monotonicMs ?? Number.NaN) < 15_000);
    }
    rig.strap('1').ignores.delete('connect');
    await rig.clock.advanceTo(60_000);
    assert.equal(rig.states('1').at(-1), 'subscribed');
    assert.equal(rig.instances, 1);
  });
});

for (const { request, reason } of [
  { request: 'discovery', reason: 'discovery: no answer within 8 s' },
  { request: 'subscribe', reason: 'subscribing: no answer within 8 s' },
] as const) {
  test(`a strap that does not answer to ${request} holds nobody else up, and is tried again`, async () => {
    await withRig({ athletes: demoTeam(6) }, async (rig) => {
      rig.strap('4').ignores.add(request);
      await rig.clock.advanceTo(8_000);
      for (const athlete of ['1', '2', '3', '5', '6']) assert.equal(rig.states(athlete).at(-1), 'subscribed');
      await rig.clock.advanceTo(40_000);
      assert.deepEqual(rig.states('4').slice(0, 4), ['connecting', 'failed', 'connecting', 'failed']);
      assert.equal(rig.links('4')[1]?.reason, reason);
      rig.strap('4').ignores.delete(request);
      await rig.clock.advanceTo(120_000);
      assert.equal(rig.states('4').at(-1), 'subscribed');
      assert.equal(
        rig.measurements('4').length,
        new Set(rig.measurements('4').map(({ monotonicMs }) => monotonicMs)).size,
      );
    });
  });
}

test('bytes that are no measurement are reported as such, and the link goes on', async () => {
  await withRig({}, async (rig) => {
    await rig.clock.advanceTo(10_000);
    const before = rig.measurements('1').length;
    for (const hex of ['', '06', '164854', '0648ff']) rig.strap('1').send(Buffer.from(hex, 'hex'));
    await rig.clock.advanceBy(0);
    const malformed = rig.events.filter((event) => event.type === 'malformed');
    assert.equal(malformed.length, 4);
    for (const event of malformed) {
      assert.deepEqual([event.athlete, event.strap, event.monotonicMs], ['1', 'a09e1a000001', 10_000]);
      assert.ok(event.reason.length > 0);
    }
    await rig.clock.advanceTo(15_000);
    assert.ok(rig.measurements('1').length >= before + 4);
  });
});

test('only the straps that are wished for are connected, be it by address or by name', async () => {
  const athletes = [{ id: '1', strap: { name: 'Polar H10 1234ABCD' } }, ...demoTeam(4).slice(1)];
  const rig = new Rig({ athletes });
  await rig.start(rig.world.wishes.filter(({ athlete }) => athlete === '1' || athlete === '3'));
  await rig.clock.advanceTo(30_000);
  assert.deepEqual(rig.states('1'), ['connecting', 'subscribed']);
  assert.equal(rig.links('1')[0]?.strap, 'a09e1b000001');
  assert.deepEqual(rig.states('3'), ['connecting', 'subscribed']);
  assert.deepEqual([rig.strap('2').links, rig.strap('4').links], [0, 0]);
  await rig.stop();
});
