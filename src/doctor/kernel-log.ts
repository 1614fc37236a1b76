/** The kernel's log of this boot, for those who may read it: root, and members of the group adm. */
import type { Surroundings } from './finding.ts';
import { printed } from './program.ts';

/** The first errors of a failing card drown in those that follow them: the newest lines will do. */
const LINES_MAX = 10_000;

/** Undefined where nobody lets this user see it. */
export async function kernelLog({ run }: Pick<Surroundings, 'run'>): Promise<string[] | undefined> {
  const journal = ['--dmesg', '--boot', '--output=cat', '--quiet', '--no-pager', `--lines=${LINES_MAX}`];
  const text = printed(await run('journalctl', journal)) || printed(await run('dmesg', []));
  return text === undefined || text === '' ? undefined : text.split('\n');
}
