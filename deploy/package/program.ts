/** Runs one of the programs that a build is made of. */
import { spawnSync } from 'node:child_process';

/** npm's and the compilers' answers are text of at most some kilobytes; a log of failures may be longer. */
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * @returns what it wrote to stdout
 * @throws Error with what it wrote, when it cannot be started or does not end well
 */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...options,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT_BYTES,
  });
  if (error !== undefined) {
    const missing = 'code' in error && error.code === 'ENOENT';
    throw new Error(missing ? `${program} is not installed: ${INSTALL}` : `${program} did not run: ${error.message}`);
  }
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

const INSTALL = 'sudo apt-get install -y g++ python3 dpkg crossbuild-essential-arm64';
