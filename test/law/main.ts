/** `npm run check:law`: prints what breaks the law and fails if anything does. */
import { join } from 'node:path';
import { violations } from './law.ts';
import { projectFiles } from './tree.ts';

const files = projectFiles(join(import.meta.dirname, '..', '..'));
const broken = violations(files);
for (const { path, line, what } of broken) process.stderr.write(`${path}:${line}: ${what}\n`);
process.stdout.write(`import law and bans: ${files.length} files, ${broken.length} violations\n`);
process.exitCode = broken.length === 0 && files.length > 0 ? 0 : 1;
