/** What systemd tells of the gateway's units. */
import type { Surroundings } from '../finding.ts';
import { kernelAdapters } from '../kernel-facts.ts';
import { printed } from '../program.ts';

export interface Unit {
  readonly name: string;
  /** As `systemctl show` names and prints them. */
  readonly properties: Readonly<Record<string, string>>;
}

export const CORE = 'sideline.service';

export const NO_SYSTEMD = 'no systemd can be asked about it';

const PROPERTIES = 'LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState,WatchdogUSec,ExecMainStatus';

/** Those that are installed: the gateway's and one for each of the kernel's adapters. Undefined without systemd. */
export async function installedUnits({
  run,
  adapters,
}: Pick<Surroundings, 'run' | 'adapters'>): Promise<Unit[] | undefined> {
  const names = [CORE, ...kernelAdapters(adapters).map((adapter) => `sideline-radio@${adapter}.service`)];
  const text = printed(await run('systemctl', ['show', '--no-pager', `--property=${PROPERTIES}`, ...names]));
  if (text === undefined || text === '') return undefined;
  // A block each, in the order in which they were asked for.
  const blocks = text.split(/\n\n+/).map(propertiesIn);
  const units = names.flatMap((name, index) => {
    const properties = blocks[index];
    return properties === undefined ? [] : [{ name, properties }];
  });
  return units.filter(({ properties }) => properties['LoadState'] !== 'not-found');
}

export function propertiesIn(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/** systemd prints a duration, `0` for none, or `infinity`. */
export function isSet(duration: string | undefined): boolean {
  return duration !== undefined && !['', '0', 'infinity'].includes(duration);
}
