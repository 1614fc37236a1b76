/** A program for a process of its own: what the checks of the store find for a user who is not root, as JSON. */
import { boardCheck } from '../../src/doctor/gateway/board.ts';
import { storeAccessCheck } from '../../src/doctor/store/access.ts';
import { storeDamageCheck } from '../../src/doctor/store/damage.ts';
import { storeUseCheck } from '../../src/doctor/store/use.ts';
import { findingsOf } from './findings-of.ts';

/** The user "nobody" on Debian and most others. */
const NOBODY = 65_534;

const [path = ''] = process.argv.slice(2);
const given = { store: { path, maxBytes: 2_000_000_000 } };
const files = { 'sys/firmware/devicetree/base/serial-number': '10000000abcdef01\0' };
if (process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
const found = [];
for (const check of [storeAccessCheck, storeDamageCheck, storeUseCheck, boardCheck]) {
  for (const finding of await findingsOf(check, { files, given })) found.push({ check: check.name, ...finding });
}
process.stdout.write(JSON.stringify(found));
