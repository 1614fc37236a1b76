/** A folder with configuration files, for one test; removed when it ends. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Loaded } from '../../src/config/load.ts';
import { textOf } from '../../src/config/problem.ts';

export function configFolder(test: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sideline-config-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export interface BadFile {
  readonly title: string;
  readonly text: string;
  readonly problems: readonly string[];
}

/** The problems as a person in that folder would read them. */
export function problemTexts(loaded: Loaded<unknown>, folder?: string): string[] {
  const texts = loaded.ok ? [] : loaded.problems.map(textOf);
  return folder === undefined ? texts : texts.map((text) => text.replaceAll(`${folder}/`, ''));
}

export function loadedValue<T>(loaded: Loaded<T>): T {
  if (loaded.ok) return loaded.value;
  throw new Error(loaded.problems.map(textOf).join('\n'));
}

/** Rules for everybody and a place for athletes, on which most athletes files of the tests build; athletes begin on line 4. */
export const TEAM_HEAD = `defaults:
  rules: { high-average: { kind: average, window: 60s, above: 120 } }
athletes:
`;

/** One athlete, as an item of the list. */
export const ATHLETE = `  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
`;

/** A gateway with a broker on the same machine; its uplink begins on line 4. */
export const GATEWAY_HEAD = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
`;
