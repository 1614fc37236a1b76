/** A folder with files that look like those of /sys and /proc. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Text, a link to a path below `/`, or text with the permissions of its file. */
export type MachineFile = string | { readonly link: string } | { readonly text: string; readonly mode: number };

export type MachineFiles = Readonly<Record<string, MachineFile>>;

export interface MachineFolder {
  readonly root: string;
  readonly sys: string;
  readonly proc: string;
}

/** @param files by path, below `/`; a path that ends with `/` is an empty folder */
export async function withMachine<T>(
  files: MachineFiles,
  body: (machine: MachineFolder) => T | Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'sideline-machine-'));
  try {
    for (const folder of ['sys', 'proc']) await mkdir(join(root, folder));
    for (const [path, file] of Object.entries(files)) await place(root, path, file);
    return await body({ root, sys: join(root, 'sys'), proc: join(root, 'proc') });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function place(root: string, path: string, file: MachineFile): Promise<void> {
  const at = join(root, path);
  await mkdir(path.endsWith('/') ? at : dirname(at), { recursive: true });
  if (path.endsWith('/')) return;
  if (typeof file === 'string') return await writeFile(at, file);
  if ('link' in file) return await symlink(join(root, file.link), at);
  await writeFile(at, file.text);
  await chmod(at, file.mode);
}
