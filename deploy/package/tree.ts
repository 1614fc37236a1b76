/** The tree of files that a package installs, with the rights that they are to have. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Rights of what is in a package: everybody reads, and runs what is a program. */
const MODES = { folder: 0o755, program: 0o755, file: 0o644 } as const;

export class Tree {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, content: string | Buffer, mode: number = MODES.file): void {
    const target = this.path(path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, mode);
  }

  program(path: string, content: string | Buffer): void {
    this.write(path, content, MODES.program);
  }

  /** Pages and changelogs are compressed, without a time in them. */
  compressed(path: string, content: string | Buffer): void {
    this.write(`${path}.gz`, gzipSync(content, { level: 9 }));
  }

  copyFolder(from: string, path: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    cpSync(from, this.path(path), { recursive: true });
  }

  /** Takes whatever rights the building machine gave, and gives those of a package. */
  setUsualModes(path = ''): void {
    const folder = this.path(path);
    chmodSync(folder, MODES.folder);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      chmodSync(file, entry.isDirectory() ? MODES.folder : MODES.file);
    }
  }

  setMode(path: string, mode: number): void {
    chmodSync(this.path(path), mode);
  }

  /** All files, without `DEBIAN`, sorted. */
  files(): string[] {
    return readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .filter((path) => !path.startsWith('DEBIAN/'))
      .sort();
  }

  read(path: string): Buffer {
    return readFileSync(this.path(path));
  }
}
