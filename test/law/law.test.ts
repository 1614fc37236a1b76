import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { violations } from './law.ts';
import { projectFiles } from './tree.ts';

const whats = (...files: [path: string, text: string][]) =>
  violations(files.map(([path, text]) => ({ path, text }))).map(({ path, line, what }) => `${path}:${line} ${what}`);

test('the project keeps the import law and the bans, and the checker has read it', () => {
  const files = projectFiles(join(import.meta.dirname, '..', '..'));
  assert.deepEqual(violations(files), []);
  for (const folder of ['src/domain/', 'src/gateway/', 'src/outbox/', 'src/uplink/', 'device/radio/', 'simulator/']) {
    assert.ok(
      files.some(({ path }) => path.startsWith(folder)),
      `${folder} was not read`,
    );
  }
  const importing = files.filter(({ path, text }) => path.startsWith('src/') && /^import .* from/m.test(text));
  assert.ok(importing.length > 20, `only ${importing.length} files with imports were read`);
});

test('an import against the law is found, wherever it stands in the file', () => {
  const outbox: [string, string] = ['src/outbox/a.ts', 'export const a = 1;'];
  assert.deepEqual(whats(outbox, ['src/gateway/b.ts', "import { a } from '../outbox/a.ts';"]), [
    'src/gateway/b.ts:1 imports src/outbox/a.ts',
  ]);
  assert.deepEqual(whats(outbox, ['src/uplink/b.ts', "\nimport {\n  a,\n} from '../outbox/a.ts';"]), [
    'src/uplink/b.ts:4 imports src/outbox/a.ts',
  ]);
  assert.deepEqual(whats(outbox, ['src/domain/b.ts', "export type { a } from '../outbox/a.ts';"]), [
    'src/domain/b.ts:1 imports src/outbox/a.ts',
  ]);
  assert.deepEqual(whats(outbox, ['src/gateway/b.ts', "const a = await import('../outbox/a.ts');"]), [
    'src/gateway/b.ts:1 imports src/outbox/a.ts',
  ]);
});

test('the core may import no package, an adapter may', () => {
  assert.deepEqual(whats(['src/domain/a.ts', "import fs from 'node:fs';"]), [
    'src/domain/a.ts:1 imports the package node:fs',
  ]);
  assert.deepEqual(whats(['src/gateway/a.ts', "import mqtt from 'mqtt';"]), [
    'src/gateway/a.ts:1 imports the package mqtt',
  ]);
  assert.deepEqual(whats(['src/uplink/a.ts', "import mqtt from 'mqtt';"]), []);
});

test('a circle of imports is found', () => {
  assert.deepEqual(
    whats(['src/domain/a.ts', "import { b } from './b.ts';"], ['src/domain/b.ts', "import { a } from './a.ts';"]),
    ['src/domain/a.ts:1 imports itself: src/domain/a.ts -> src/domain/b.ts -> src/domain/a.ts'],
  );
});

test('time, chance and timers taken in the core are found, and prose about them is not', () => {
  assert.deepEqual(whats(['src/domain/a.ts', '// Date.now() is banned\nexport const t = () => Date.now();']), [
    'src/domain/a.ts:2 takes the time itself',
  ]);
  assert.deepEqual(whats(['src/gateway/a.ts', 'setTimeout(() => Math.random(), 1);']).sort(), [
    'src/gateway/a.ts:1 sets a timer itself',
    'src/gateway/a.ts:1 takes chance itself',
  ]);
  assert.deepEqual(whats(['device/profiles/a.ts', 'export async function a() {}']), [
    'device/profiles/a.ts:1 is not synchronous',
  ]);
  assert.deepEqual(whats(['src/system/a.ts', 'export const t = () => Date.now();']), []);
});

test('vague names, barrel files and module mocks are found', () => {
  assert.deepEqual(whats(['src/gateway/queue-utils.ts', '']), [
    'src/gateway/queue-utils.ts:1 has a name that says nothing',
  ]);
  assert.deepEqual(whats(['src/uplink/index.ts', '']), ['src/uplink/index.ts:1 is a barrel file']);
  assert.deepEqual(whats(['test/a.test.ts', "mock.module('node:fs', {});"]), ['test/a.test.ts:1 mocks a module']);
});

test('an import of a file that is not there is found, so that a moved folder is not silently left unchecked', () => {
  assert.deepEqual(whats(['src/gateway/a.ts', "import { b } from './b.ts';"]), [
    'src/gateway/a.ts:1 imports ./b.ts, which is not there',
  ]);
});
