/**
 * The Node that a package carries. It comes through npm's own registry and cache, as the dependencies do, in the version
 * and with the checksum that stand in `architecture.ts`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, MACHINES, NODE_VERSION } from './architecture.ts';
import { run } from './program.ts';

export interface Runtime {
  readonly program: string;
  /** The folder with `include/node`, for compilers. */
  readonly headers: string;
  readonly licence: string;
}

/**
 * @param folder empty; the runtime is unpacked in it
 * @throws Error when what npm gave is not what was recorded
 */
export function fetchRuntime(architecture: Architecture, folder: string): Runtime {
  const { node, runtimeIntegrity } = MACHINES[architecture];
  const name = `node-linux-${node}`;
  mkdirSync(folder, { recursive: true });
  run('npm', ['pack', '--silent', `${name}@${NODE_VERSION}`], { cwd: folder });
  const archive = join(folder, `${name}-${NODE_VERSION}.tgz`);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (integrity !== runtimeIntegrity) {
    throw new Error(`${name}@${NODE_VERSION} is ${integrity} and ought to be ${runtimeIntegrity}: do not use it`);
  }
  run('tar', ['-xzf', archive, '-C', folder, '--no-same-owner']);
  const unpacked = join(folder, 'package');
  return { program: join(unpacked, 'bin', 'node'), headers: unpacked, licence: join(unpacked, 'LICENSE') };
}
