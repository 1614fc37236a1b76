/** A folder with files that look like those of /sys and /proc. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** @param files text by path, below `/`; a path that ends with `/` is an empty folder */
export async function withMachine<T>(
  files: Readonly<Record<string, string>>,
  body: (machine: { readonly sys: string; readonly proc: string }) => T | Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'sideline-machine-'));
  try {
    for (const folder of ['sys', 'proc']) await mkdir(join(root, folder));
    for (const [path, text] of Object.entries(files)) {
      const at = join(root, path);
      await mkdir(path.endsWith('/') ? at : dirname(at), { recursive: true });
      if (!path.endsWith('/')) await writeFile(at, text);
    }
    return await body({ sys: join(root, 'sys'), proc: join(root, 'proc') });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
