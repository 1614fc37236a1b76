import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test from 'node:test';
import { type Noble, type NobleInstance, nobleOver, type Peripheral } from '../../../device/radio/noble.ts';
import { WORKER_TIMING } from '../../../device/radio/worker/timing.ts';
import { demoTeam } from '../../../simulator/world.ts';
import { OperatingError } from '../../../src/domain/errors.ts';
import { Rig, withRig } from './rig.ts';

test('an adapter that goes down loses its links and itself, and is used again in a new instance', async () => {
  await withRig({ athletes: demoTeam(4) }, async (rig) => {
    await rig.clock.advanceTo(20_000);
    rig.world.bindings.powerOff();
    await rig.clock.advanceTo(20_001);
    for (const { athlete } of rig.world.wishes) {
      const { state, reason } = rig.links(athlete).at(-1) ?? {};
      assert.deepEqual([state, reason], ['lost', 'the adapter is switched off or unplugged']);
    }
    const { state, reason, retryInMs } = rig.events.at(-1) as (typeof rig.events)[number] & { type: 'adapter' };
    assert.deepEqual([state, reason], ['lost', 'the adapter is switched off or unplugged']);
    assert.ok(retryInMs !== undefined && retryInMs >= 1_000 && retryInMs <= 2_000);

    await rig.clock.advanceTo(200_000);
    const lost = rig.adapters().filter((event) => event.state === 'lost');
    assert.ok(lost.length >= 5 && lost.length <= 12, `${lost.length} attempts`);
    for (const event of lost) assert.ok(event.retryInMs !== undefined && event.retryInMs <= 60_000);

    rig.world.bindings.powerOn();
    await rig.clock.advanceTo(280_000);
    assert.equal(rig.adapters().at(-1)?.state, 'ready');
    for (const { athlete } of rig.world.wishes) assert.equal(rig.states(athlete).at(-1), 'subscribed');
    assert.equal(rig.instances, lost.length + 1);
    const { bindings } = rig.world;
    for (const event of bindings.eventNames()) assert.equal(bindings.listenerCount(event), 1, String(event));
  });
});

test('an adapter that was on for long enough is tried again soon after the next loss', async () => {
  await withRig({}, async (rig) => {
    for (let cycle = 1; cycle <= 3; cycle++) {
      await rig.clock.advanceBy(30_000);
      const before = rig.adapters().length;
      rig.world.bindings.powerOff();
      await rig.clock.advanceBy(60_000);
      const waits = rig
        .adapters()
        .slice(before)
        .map(({ retryInMs }) => retryInMs ?? Number.NaN);
      assert.ok(waits.length >= 4 && (waits[0] ?? Number.NaN) <= 2_000, `cycle ${cycle}: ${waits.join(', ')} ms`);
      rig.world.bindings.powerOn();
      await rig.clock.advanceBy(60_000);
    }
  });
});

test('that the adapter went down is not held against the straps, however often', async () => {
  const adapterRetry = { minMs: 1_000, maxMs: 1_000 };
  await withRig({ adapterRetry }, async (rig) => {
    for (let cycle = 1; cycle <= 8; cycle++) {
      await rig.clock.advanceBy(5_000);
      assert.equal(rig.states('1').at(-1), 'subscribed', `cycle ${cycle}`);
      rig.world.bindings.powerOff();
      await rig.clock.advanceBy(1);
      rig.world.bindings.powerOn();
    }
  });
});

test('an adapter that goes down while a strap is connecting is no different', async () => {
  await withRig({}, async (rig) => {
    rig.strap('1').ignores.add('connect');
    rig.strap('2').leave();
    rig.strap('3').leave();
    await rig.clock.advanceTo(2_000);
    assert.deepEqual(rig.states('1'), ['connecting']);
    rig.world.bindings.powerOff();
    await rig.clock.advanceTo(2_001);
    assert.deepEqual(rig.states('1'), ['connecting', 'failed']);
    assert.equal(rig.adapters().at(-1)?.state, 'lost');
    rig.strap('1').ignores.clear();
    rig.world.bindings.powerOn();
    await rig.clock.advanceTo(12_000);
    assert.equal(rig.states('1').at(-1), 'subscribed');
  });
});

test('when no instance can be made the reason is told with its remedy, and it is tried again, later each time', async () => {
  let broken = true;
  const createNoble = (real: () => NobleInstance) => {
    if (broken) throw new OperatingError('radio-unavailable', 'there is no adapter', { remedy: 'plug it in' });
    return real();
  };
  await withRig({ createNoble }, async (rig) => {
    await rig.clock.advanceTo(120_000);
    const lost = rig.adapters();
    assert.ok(lost.length >= 5 && lost.length <= 10);
    for (const { state, reason, adapter } of lost) {
      assert.deepEqual([state, reason, adapter], ['lost', 'there is no adapter: plug it in', 'simulated']);
    }
    assert.ok((lost.at(-1)?.retryInMs ?? 0) >= 30_000);
    broken = false;
    await rig.clock.advanceTo(200_000);
    assert.equal(rig.states('1').at(-1), 'subscribed');
  });
});

test('an adapter that never says that it is on is given up after the start-up time', async () => {
  const silent = () => nobleOver(Object.assign(new EventEmitter(), { init: () => {} }));
  await withRig({ createNoble: silent }, async (rig) => {
    await rig.clock.advanceTo(10_001);
    const [lost] = rig.adapters();
    assert.deepEqual([lost?.state, lost?.monotonicMs], ['lost', 10_000]);
    assert.equal(lost?.reason, 'switching on the adapter: no answer within 10 s');
  });
});

test('an initialisation that throws is an adapter lost', async () => {
  const init = () => {
    throw new Error('EBUSY');
  };
  await withRig({ createNoble: () => nobleOver(Object.assign(new EventEmitter(), { init })) }, async (rig) => {
    await rig.clock.advanceTo(1);
    assert.deepEqual([rig.adapters()[0]?.state, rig.adapters()[0]?.reason], ['lost', 'EBUSY']);
  });
});

test('an adapter that answers no scan command is given up', async () => {
  await withRig({}, async (rig) => {
    rig.world.bindings.startScanning = () => {};
    await rig.clock.advanceTo(10_000);
    assert.deepEqual(
      rig
        .adapters()
        .map(({ state }) => state)
        .slice(0, 2),
      ['ready', 'lost'],
    );
    assert.equal(rig.adapters()[1]?.reason, 'scanStart: no answer within 2 s');
  });
});

test('an adapter that does not end a cancelled connection is given up, and its good links are ended first', async () => {
  await withRig({}, async (rig) => {
    const { bindings } = rig.world;
    const cancelConnect = bindings.cancelConnect.bind(bindings);
    bindings.cancelConnect = () => {};
    rig.strap('1').leave();
    await rig.clock.advanceTo(5_000);
    assert.ok(rig.strap('2').subscribed && rig.strap('3').subscribed);
    rig.strap('1').comeBack();
    rig.strap('1').ignores.add('connect');
    await rig.clock.advanceTo(14_000);
    assert.equal(rig.adapters().at(-1)?.reason, 'the adapter does not end a connection attempt that was cancelled');
    bindings.cancelConnect = cancelConnect;
    bindings.reset();
    rig.strap('1').ignores.clear();
    await rig.clock.advanceTo(40_000);
    assert.equal(rig.instances, 2);
    for (const athlete of ['1', '2', '3']) assert.equal(rig.states(athlete).at(-1), 'subscribed');
  });
});

test('stopping disconnects every strap, and nothing is heard or left afterwards', async () => {
  const rig = new Rig({ athletes: demoTeam(12) });
  await rig.start();
  await rig.clock.advanceTo(20_000);
  const { length } = rig.events;
  const tookMs = await rig.stop();
  assert.ok(tookMs <= 1_000, `${tookMs} ms`);
  for (const strap of rig.world.straps.values()) assert.equal(strap.linked, false);
  assert.deepEqual([rig.clock.timers, rig.world.bindings.eventNames()], [0, []]);
  await rig.clock.advanceBy(60_000);
  assert.equal(rig.events.length, length);
});

test('stopping does not wait for a strap that does not let go', async () => {
  const rig = new Rig({ athletes: demoTeam(2) });
  await rig.start();
  await rig.clock.advanceTo(10_000);
  rig.strap('1').ignores.add('disconnect');
  const tookMs = await rig.stop();
  const { stopMs } = WORKER_TIMING;
  assert.ok(tookMs >= stopMs && tookMs < stopMs + 100, `${tookMs} ms`);
  assert.equal(rig.strap('2').linked, false);
  assert.deepEqual(rig.world.bindings.eventNames(), []);
});

test('stopping at any instant of the beginning leaves nothing', async () => {
  for (let atMs = 0; atMs < 1_500; atMs += 37) {
    const rig = new Rig({ athletes: [...demoTeam(2), { id: '9', strap: { serial: '0123' } }] });
    await rig.start();
    await rig.clock.advanceTo(atMs);
    await rig.stop();
    for (const strap of rig.world.straps.values()) assert.equal(strap.linked, false, `stopped at ${atMs} ms`);
    assert.deepEqual([rig.world.bindings.eventNames(), rig.world.bindings.listenerCount('connect')], [[], 0]);
    await rig.clock.advanceBy(1_000);
    assert.deepEqual([rig.clock.timers, rig.world.bindings.scanning], [0, false], `stopped at ${atMs} ms`);
  }
});

test('a stopped source can be started again', async () => {
  await withRig({}, async (rig) => {
    await rig.clock.advanceTo(10_000);
    await rig.stop();
    rig.events.length = 0;
    await rig.start();
    await rig.clock.advanceTo(20_000);
    assert.deepEqual(rig.states('1'), ['connecting', 'subscribed']);
  });
});

test('listeners do not grow with the links that come and go', async () => {
  const nobles: Noble[] = [];
  const peripherals = new Set<Peripheral>();
  const createNoble = (real: () => NobleInstance) => {
    const instance = real();
    nobles.push(instance.noble);
    instance.noble.on('discover', (peripheral: Peripheral) => peripherals.add(peripheral));
    return instance;
  };
  await withRig({ createNoble, athletes: demoTeam(2) }, async (rig) => {
    for (let cycle = 1; cycle <= 40; cycle++) {
      if (cycle % 2 === 0) rig.strap('1').ignores.add('discovery');
      else rig.strap('1').ignores.delete('discovery');
      for (const strap of rig.world.straps.values()) strap.drop(0x13);
      await rig.clock.advanceBy(20_000);
    }
    assert.ok(rig.strap('1').links > 15 && rig.strap('2').links > 15);
    assert.deepEqual([nobles.length, peripherals.size], [1, 2]);
    for (const event of ['scanStart', 'scanStop', 'discover', 'stateChange', 'warning']) {
      assert.ok((nobles[0]?.listenerCount(event) ?? 99) <= 2, event);
    }
    for (const peripheral of peripherals) {
      for (const event of ['connect', 'disconnect', 'servicesDiscover']) {
        assert.ok(peripheral.listenerCount(event) <= 1, event);
      }
    }
  });
});

test('nothing is ever connected while the radio scans or connects', async () => {
  await withRig({ athletes: [...demoTeam(20), { id: '21', strap: { serial: '0123' } }], faults: true }, async (rig) => {
    const refused: string[] = [];
    rig.world.bindings.on('connect', (id: string, error: Error | null) => {
      if (error?.message.includes('0x0c')) refused.push(id);
    });
    await rig.clock.advanceTo(900_000);
    rig.world.bindings.removeAllListeners('connect');
    assert.ok([...rig.world.straps.values()].some(({ links }) => links > 2));
    assert.deepEqual(refused, []);
  });
});
