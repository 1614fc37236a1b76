import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { askGateway } from '../../src/cli/doctor-gateway.ts';
import { Sqlite } from '../../src/outbox/sqlite.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

test('a gateway that answers to nothing and has its store in use is not told as none', () =>
  TemporaryFolder.with(async (folder) => {
    const config = await folder.file('gateway.yaml', 'store: { path: outbox.db }\n');
    const ask = async () => await askGateway(config, {});
    assert.deepEqual(await ask(), { state: 'none' }, 'there is no store yet');
    const connection = new Sqlite(join(folder.path, 'outbox.db'));
    connection.pragma('locking_mode = EXCLUSIVE');
    connection.exec('CREATE TABLE sample (t)');
    const held = await ask();
    assert.ok(held.state === 'silent' && held.isByLock === true, JSON.stringify(held));
    assert.ok(held.reason.startsWith(`process ${process.pid} (`), held.reason);
    connection.close();
    assert.deepEqual(await ask(), { state: 'none' });
    assert.equal((await askGateway(config, {}, '/none/such')).state, 'unknown', 'without the list of locks');
  }));

test('where it is not known which gateway is meant, nobody says that none runs', () =>
  TemporaryFolder.with(async (folder) => {
    assert.equal((await askGateway(undefined, {})).state, 'unknown');
    assert.equal((await askGateway(join(folder.path, 'gateway.yaml'), {})).state, 'unknown');
    const unfinished = await folder.file('gateway.yaml', 'gateway: pitch-3\n');
    assert.equal((await askGateway(unfinished, {})).state, 'unknown');
  }));
