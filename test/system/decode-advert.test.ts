import assert from 'node:assert/strict';
import test from 'node:test';
import { sideline } from '../fixtures/sideline-process.ts';

test('decode --advert prints the contract’s JSON for a broadcast', async () => {
  const polar = await sideline('decode', '--advert', '6b003b164446');
  assert.deepEqual([polar.code, polar.stderr], [0, '']);
  assert.equal(
    polar.stdout,
    '{"bpm":70,"contact":"detected","energyKj":null,"rrMs":[],"format":"polar","frameCounter":6,"batteryLow":true}\n',
  );
  const xoss = await sideline('decode', '04ff', '0161', '063f', '--advert');
  assert.deepEqual([xoss.code, xoss.stderr], [0, '']);
  assert.equal(xoss.stdout, '{"bpm":63,"contact":"unsupported","energyKj":null,"rrMs":[],"format":"xoss"}\n');
});

test('decode --advert of what is no broadcast ends with 1 and the reason', async () => {
  const nobodys = await sideline('decode', '--advert', '6b013b164446');
  assert.deepEqual([nobodys.code, nobodys.stdout], [1, '']);
  assert.match(nobodys.stderr, /no heart-rate broadcast: give the manufacturer data/);
  const broken = await sideline('decode', '--advert', '6b003b');
  assert.deepEqual([broken.code, broken.stdout], [1, '']);
  assert.match(broken.stderr, /malformed heart-rate broadcast: 3 bytes: it breaks off before byte 4/);
});

test('decode --advert without hexadecimal digits is wrong usage', async () => {
  for (const args of [['--advert'], ['--advert', '6b0']]) {
    const { code, stdout } = await sideline('decode', ...args);
    assert.deepEqual([code, stdout], [2, '']);
  }
});
