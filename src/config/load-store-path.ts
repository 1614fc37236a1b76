/** Where a gateway's store is, for whoever speaks to one that runs. */
import { dirname, resolve } from 'node:path';
import { isMapping } from './issue-problems.ts';
import { type Loaded, loadConfiguration } from './load.ts';
import { isPath } from './schema-parts.ts';
import { readText } from './text-file.ts';
import { YamlFile } from './yaml-file.ts';

/**
 * Goes by nothing else in the gateway's file: what is wrong with the rest of it, or with the athletes file, has come after
 * the gateway has started, and the variables of the environment that it started with are not everybody's.
 */
export function loadStorePath(path: string, env: NodeJS.ProcessEnv): Loaded<string> {
  const read = readText(path);
  if (read.ok) {
    const file = new YamlFile(path, read.text, env);
    const store = isMapping(file.data) ? file.data['store'] : undefined;
    const named = isMapping(store) ? store['path'] : undefined;
    if (typeof named === 'string' && isPath(named) && !file.isUnexpanded(['store', 'path'])) {
      return { ok: true, value: resolve(dirname(resolve(path)), named) };
    }
  }
  const loaded = loadConfiguration(path, env);
  return loaded.ok ? { ok: true, value: loaded.value.settings.store.path } : loaded;
}
