/** The store that the checks are about, and what there is to be said where there is none. */
import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Judgement, type Surroundings, skipped } from '../finding.ts';
import { namesIn } from '../machine-files.ts';

const NO_STORE = 'no gateway.yaml was named that tells where the store is';

export interface StoreSubject {
  /** Absolute. */
  readonly path: string;
  readonly maxBytes: number;
}

/** For a check of the store: skipped where the configuration names none. */
export async function ofStore(
  { store }: Pick<Surroundings, 'store'>,
  judge: (store: StoreSubject) => Judgement | Promise<Judgement>,
): Promise<Judgement[]> {
  return [store === undefined ? skipped(NO_STORE) : await judge(store)];
}

export interface StoreFile {
  readonly name: string;
  /** The permission bits, as 0o600. */
  readonly mode: number;
  readonly owner: number;
  readonly bytes: number;
}

/** The store and what lies beside it under its name; undefined where this user may not look into the folder. */
export function storeFiles(path: string): StoreFile[] | undefined {
  const folder = dirname(path);
  if (!maySee(folder)) return undefined;
  return namesIn(folder)
    .filter(
      (name) =>
        name === basename(path) || (name.startsWith(basename(path)) && /^[-.]/.test(name.slice(basename(path).length))),
    )
    .flatMap((name) => storeFile(join(folder, name)) ?? []);
}

export function storeFile(path: string): StoreFile | undefined {
  try {
    const { mode, uid, size } = statSync(path);
    return { name: basename(path), mode: mode & 0o7777, owner: uid, bytes: size };
  } catch {
    return undefined;
  }
}

/** A folder that is not there yet hides nothing. */
function maySee(folder: string): boolean {
  try {
    // Not `join`, which takes the dot away, and with it the question whether the folder may be entered.
    statSync(`${folder}/.`);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

export const HIDDEN = 'this user may not look into the folder of the store; run it with sudo';
