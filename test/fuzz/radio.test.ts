import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { aclFromController } from '../../device/radio/hci/packets.ts';
import { KINDS } from './inputs.ts';
import { fuzzRadio } from './radio.ts';
import { Witness } from './witness.ts';

/** Seeds that have found something once, and one that has not. */
for (const seed of ['1', 'sideline']) {
  test(`malformed radio input does no harm: seed ${seed}`, async () => {
    const { inputs, samples, links, findings, contained } = await fuzzRadio({ count: 10_000, seed });
    assert.deepEqual([findings, [...contained]], [[], []]);
    for (const kind of KINDS) assert.ok(inputs[kind] > 100, `${inputs[kind]} of ${kind}`);
    assert.ok(samples > 300 && links > 15, `${samples} samples over ${links} links`);
  });
}

test('the same seed does the same again', async () => {
  const [first, second] = [await fuzzRadio({ count: 2_000, seed: '7' }), await fuzzRadio({ count: 2_000, seed: '7' })];
  assert.deepEqual({ ...first, durationMs: 0 }, { ...second, durationMs: 0 });
});

test('without the guard the fuzz finds what it looks for: exceptions that escape, and prints', async () => {
  const program = fileURLToPath(new URL('main.ts', import.meta.url));
  const { code, text } = await new Promise<{ code: unknown; text: string }>((resolve) => {
    const args = ['--import', 'tsx', program, '--count', '20000', '--seed', '1', '--unguarded'];
    execFile(process.execPath, args, (error, stdout) => resolve({ code: error?.code ?? 0, text: stdout }));
  });
  assert.equal(code, 1);
  for (const found of ['an exception escaped', 'noble printed']) assert.ok(text.includes(found), text);
});

test('the witness hears what was said, in pieces of any size', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 250 }), fc.integer({ min: 1, max: 60 }), (value, size) => {
      const witness = new Witness(0x40);
      const whole = aclFromController(0x40, 4, Buffer.concat([Buffer.from([0x1b, 3, 0]), value])).subarray(5);
      const heard: string[] = [];
      for (let at = 0; at < whole.length; at += size) {
        const piece = whole.subarray(at, at + size);
        const head = Buffer.from([2, 0x40, at === 0 ? 0x20 : 0x10, piece.length, 0]);
        const saying = witness.sees(Buffer.concat([head, piece]));
        if (saying !== undefined) heard.push(saying.value);
      }
      assert.deepEqual(heard, [Buffer.from(value).toString('hex')]);
    }),
  );
});
