import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { storeAccessCheck, storeAccessVerdict } from '../../src/doctor/store/access.ts';
import { existing, mountOf } from '../../src/doctor/store/mount.ts';
import { storeUseCheck } from '../../src/doctor/store/use.ts';
import { Sqlite } from '../../src/outbox/sqlite.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';
import { findingsOf, STORE } from './findings-of.ts';
import { withMachine } from './machine-folder.ts';

const isRoot = process.getuid?.() === 0;

test('who has the store in use is told by the kernel’s own list of locks', async () => {
  await TemporaryFolder.with(async (folder) => {
    const path = join(folder.path, 'outbox.db');
    const connection = new Sqlite(path);
    connection.pragma('locking_mode = EXCLUSIVE');
    connection.exec('CREATE TABLE sample (t)');
    const given = { store: { path, maxBytes: 1 } };
    const look = async () => {
      const [found] = await findingsOf(
        { name: storeUseCheck.name, run: (surroundings) => storeUseCheck.run({ ...surroundings, proc: '/proc' }) },
        { given },
      );
      return found;
    };
    const held = await look();
    assert.equal(held?.verdict, 'failed');
    assert.ok(held?.evidence.startsWith(`process ${process.pid} (`), held?.evidence);
    connection.close();
    assert.deepEqual(await look(), { verdict: 'ok', evidence: 'nobody has it in use' });
  });
});

test('a user who may not look into the folder is told so, and that sudo may', async () => {
  await TemporaryFolder.with(async (folder) => {
    const closed = join(folder.path, 'closed');
    await mkdir(closed);
    await writeFile(join(closed, 'outbox.db'), '');
    await writeFile(join(closed, 'outbox.db.board'), '10000000abcdef01\n');
    await chmod(folder.path, 0o755);
    await chmod(closed, isRoot ? 0o700 : 0);
    const program = join(import.meta.dirname, 'nobody-looks.ts');
    const ran = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, join(closed, 'outbox.db')]);
    await chmod(closed, 0o700);
    const found = JSON.parse(ran.stdout) as { check: string; verdict: string; evidence: string }[];
    assert.deepEqual(
      found.map(({ check, verdict }) => [check, verdict]),
      [
        ['store-access', 'skipped'],
        ['store-damage', 'skipped'],
        ['store-use', 'skipped'],
        ['gateway-board', 'skipped'],
      ],
    );
    for (const { evidence } of found) assert.match(evidence, /^this user may not look .*; run it with sudo$/);
  });
});

const OWN = { mode: 0o600, bytes: 0 };

test('a file of another user is told, which the gateway could not open', () => {
  const found = storeAccessVerdict({
    path: '/var/lib/sideline/outbox.db',
    folder: { ...OWN, name: 'sideline', mode: 0o700, owner: 997 },
    files: [
      { ...OWN, name: 'outbox.db', owner: 997 },
      { ...OWN, name: 'outbox.db-wal', owner: 0 },
    ],
  });
  assert.equal(found.verdict, 'failed');
  assert.equal(
    found.evidence,
    '/var/lib/sideline is user 997’s, and outbox.db-wal is user 0’s: the gateway may not open it',
  );
  assert.match(found.remedy ?? '', /^run "sudo chown 997 \/var\/lib\/sideline\/outbox\.db\*"/);
});

test('so it is with a file that root has left behind', requires('root'), async () => {
  const [found] = await findingsOf(storeAccessCheck, {
    files: { [STORE]: { text: '', mode: 0o600 }, [`${STORE}-shm`]: { text: '', mode: 0o600 } },
    before: async ({ root }) => {
      await chmod(join(root, 'var/lib/sideline'), 0o700);
      await chown(join(root, 'var/lib/sideline'), 997, 997);
      await chown(join(root, STORE), 997, 997);
    },
  });
  assert.match(found?.evidence ?? '', /outbox\.db-shm is user 0’s: the gateway may not open it$/);
});

test('the file system of a path is that of the deepest mount above it, the last where two are at one place', async () => {
  const line = (at: string, type: string) => `27 1 8:1 / ${at} rw shared:1 - ${type} /dev/${type} rw`;
  await withMachine({ 'var/lib/a b/c': '' }, async ({ root, proc }) => {
    const place = existing(root);
    const mountinfo = [
      line('/', 'ext4'),
      line(`${place}/var`, 'xfs'),
      line(`${place}/var/lib/a\\040b`, 'tmpfs'),
      line(`${place}/var/lib/a\\040b`, 'btrfs'),
      line(`${place}/var/lib/a`, 'vfat'),
    ];
    await mkdir(join(proc, 'self'));
    await writeFile(join(proc, 'self/mountinfo'), mountinfo.join('\n'));
    const typeOf = (path: string) => mountOf(proc, join(root, path))?.type;
    assert.deepEqual(['var/lib/a b/c', 'var/lib/a b/new/outbox.db', 'var/lib/other', 'etc/x'].map(typeOf), [
      'btrfs',
      'btrfs',
      'xfs',
      'ext4',
    ]);
  });
});

test('this machine’s own list of mounts is understood', () => {
  assert.notEqual(mountOf('/proc', import.meta.filename)?.type, undefined);
});
