/** A program for a process of its own: asks a gateway as a user who is not root, and prints why there is no answer. */
import { askStatus } from '../../src/cli/status-question.ts';
import { explanationOf } from '../../src/domain/errors.ts';
import { soughtAt } from '../fixtures/sought-gateway.ts';

/** The user "nobody" on Debian and most others. */
const NOBODY = 65_534;

const [store = ''] = process.argv.slice(2);
if (process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
await askStatus(soughtAt(store)).then(
  () => process.stdout.write('answered'),
  (error: unknown) => process.stdout.write(explanationOf(error)),
);
