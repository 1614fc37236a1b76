/** `sideline doctor --bundle FILE`: says what would go into the archive, asks, and writes it. */
import { existsSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { writeArchive } from '../doctor/bundle/archive.ts';
import { type BundlePart, type BundleSources, bundleParts } from '../doctor/bundle/contents.ts';
import { isOperatingError, messageOf } from '../domain/errors.ts';
import { inspect } from '../outbox/tools/inspection.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, complainOfFailure } from './output.ts';
import { amount } from './quantity-text.ts';
import { version } from './version.ts';

export interface BundleRequest {
  readonly path: string;
  /** It need not be asked. */
  readonly yes: boolean;
  readonly sources: Omit<BundleSources, 'versions' | 'storeCheck'>;
}

/** As much as is gone through within seconds on a Pi. */
const STORE_MAX_BYTES = 100_000_000;

export async function bundle({ path, yes, sources }: BundleRequest): Promise<ExitCode> {
  const parts = await bundleParts({ ...sources, versions: versions(), storeCheck: storeCheck(sources) });
  for (const line of contentsText(path, parts)) complain(line);
  if (existsSync(path)) {
    complain(`sideline: the bundle ${path} cannot be written: it is there already; name another file, or remove it`);
    return EXIT.failed;
  }
  const isAsked = process.stdin.isTTY && process.stderr.isTTY;
  if (!yes && !isAsked) {
    complain('sideline: nothing was written: without a terminal to ask at, say --yes');
    return EXIT.usage;
  }
  if (!yes && !(await isAgreed(path))) {
    complain('sideline: nothing was written');
    return EXIT.failed;
  }
  try {
    await writeArchive(path, parts);
    complain(`sideline: ${path} is written; only this user may read it`);
    return EXIT.done;
  } catch (error) {
    return complainOfFailure(error);
  }
}

/** As `sideline store check` finds it, which takes a store that no gateway has in use. */
function storeCheck({ configuration, gateway }: BundleRequest['sources']): string {
  const path = configuration?.settings?.store.path;
  if (path === undefined || !existsSync(path)) return 'there is none';
  if (gateway.state === 'unknown') return `not checked: ${gateway.reason}`;
  if (gateway.state !== 'none') return 'not checked, since a gateway has it in use';
  const { size } = statSync(path);
  if (size > STORE_MAX_BYTES) return `not checked, since it has more than ${amount(STORE_MAX_BYTES)}`;
  try {
    return JSON.stringify(inspect(path));
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    return `not checked: ${messageOf(error)}`;
  }
}

function contentsText(path: string, parts: readonly BundlePart[]): string[] {
  const rows = parts.map(({ name, what, text }) => [name, amount(Buffer.byteLength(text)), what] as const);
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const sizeWidth = Math.max(...rows.map(([, size]) => size.length));
  return [
    '',
    `${path} would hold, without names, heart rates, addresses and secrets:`,
    ...rows.map(([name, size, what]) => `  ${name.padEnd(nameWidth)}  ${size.padStart(sizeWidth)}  ${what}`),
  ];
}

async function isAgreed(path: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`write ${path}? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

function versions(): Readonly<Record<string, string>> {
  const { version: node, arch, platform } = process;
  return { sideline: version(), node, platform, architecture: arch, kernel: release() };
}
