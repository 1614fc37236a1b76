/**
 * A program for a process of its own: loads the configuration of the folder it is given with one store path after
 * the other, as a user who is not root, and prints the problems, and whether they may pass. Root may write everywhere, so it becomes somebody
 * else once everything is loaded.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfiguration } from '../../src/config/load.ts';
import { problemTexts } from './config-folder.ts';

/** The user "nobody" on Debian and most others. */
const NOBODY = 65_534;

const [folder = '', gateway = '', ...paths] = process.argv.slice(2);
if (process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
const told = paths.map((path) => {
  writeFileSync(join(folder, 'gateway.yaml'), gateway.replace('outbox.db', path));
  const loaded = loadConfiguration(join(folder, 'gateway.yaml'), {});
  const mayPass = !loaded.ok && loaded.problems.every((problem) => problem.mayPass === true);
  return { text: problemTexts(loaded, folder).join(), mayPass };
});
process.stdout.write(JSON.stringify(told));
