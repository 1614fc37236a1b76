/** Writes a bundle with the system's tar, which Debian always has: nobody but its owner may read it, nor its parts meanwhile. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, OperatingError } from '../../domain/errors.ts';
import type { BundlePart } from './contents.ts';

/** The folder in the archive. */
const FOLDER = 'sideline-doctor';

/** @throws OperatingError `bundle-failed` where the file is there already or cannot be written */
export async function writeArchive(path: string, parts: readonly BundlePart[]): Promise<void> {
  const descriptor = opened(path);
  // With the mode 0700.
  const folder = await mkdtemp(join(tmpdir(), 'sideline-doctor-'));
  try {
    for (const { name, text } of parts) await writeFile(join(folder, name), text, { mode: 0o600 });
    const owner = ['--owner=0', '--group=0', '--numeric-owner'];
    const names = parts.map(({ name }) => name);
    const args = ['--create', '--gzip', ...owner, `--transform=s,^,${FOLDER}/,`, '--directory', folder, ...names];
    const tar = spawn('tar', args, { stdio: ['ignore', descriptor, 'pipe'] });
    let complaint = '';
    tar.stderr?.on('data', (data: Buffer) => {
      complaint += String(data);
    });
    const [code] = (await once(tar, 'close')) as [number | null];
    if (code !== 0) throw new Error(complaint.trim() || `tar ended with ${code}`);
  } catch (cause) {
    unlinkSync(path);
    const remedy = 'make room, or name another place';
    throw new OperatingError('bundle-failed', `the bundle ${path} cannot be written: ${messageOf(cause)}`, {
      remedy,
      cause,
    });
  } finally {
    closeSync(descriptor);
    await rm(folder, { recursive: true, force: true });
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const why = isThere ? 'it is there already' : messageOf(cause);
    const remedy = isThere ? 'name another file, or remove it' : 'name a place that this user may write to';
    throw new OperatingError('bundle-failed', `the bundle ${path} cannot be written: ${why}`, { remedy, cause });
  }
}
