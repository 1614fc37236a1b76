import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { HeldLinks } from '../../../../device/radio/worker/held-links.ts';
import { TemporaryFolder } from '../../../fixtures/temporary-folder.ts';

test('the next worker learns which links were held by the one before, once', () =>
  TemporaryFolder.with(async ({ path }) => {
    const file = join(path, 'hci0.sock.links');
    assert.deepEqual(new HeldLinks(file).take(), []);
    const held = new HeldLinks(file);
    held.hold([64, 65]);
    held.hold([65]);
    assert.deepEqual(new HeldLinks(file).take(), [65]);
    assert.equal(existsSync(file), false);
    assert.deepEqual(new HeldLinks(file).take(), []);
  }));

test('whatever stands in the file, only what can be a handle is taken from it', () =>
  TemporaryFolder.with(async ({ path }) => {
    const file = join(path, 'hci0.sock.links');
    for (const [text, handles] of [
      ['', []],
      ['{', []],
      ['{"a":1}', []],
      ['[1,-1,4000,2.5,"3",null,7]', [1, 7]],
      [JSON.stringify(Array.from({ length: 200 }, (_, each) => each)), Array.from({ length: 64 }, (_, each) => each)],
    ] as const) {
      writeFileSync(file, text);
      assert.deepEqual(new HeldLinks(file).take(), handles, text);
    }
  }));

test('a folder that is gone costs nothing but the seconds that it would have saved', () => {
  new HeldLinks('/nowhere/hci0.sock.links').hold([1]);
  assert.deepEqual(new HeldLinks('/nowhere/hci0.sock.links').take(), []);
});
