/** Which store a command is about: a file, or that of a gateway.yaml. */
import { loadSettings } from '../../config/load.ts';
import { serviceEnvironment } from '../../doctor/service-environment.ts';
import { MIRROR, PRIMARY } from '../../gateway/gateway.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { complain, complainOf } from '../output.ts';

/** What is made of a store holds heart rates: nobody else of this machine is to read it. */
export const OWNER_ONLY = 0o077;

export interface PlaceOptions {
  readonly store?: string;
  readonly config?: string;
}

export interface Place {
  readonly path: string;
  /** What the store may use of the disk, where gateway.yaml says it. */
  readonly maxBytes?: number;
  /** Who acknowledges, as the gateway calls them. */
  readonly uplinks: readonly string[];
}

/** The store, or the exit code after saying why there is none. */
export function placeOf({ store, config }: PlaceOptions): Place | ExitCode {
  if ((store === undefined) === (config === undefined)) {
    complain('sideline: which store? Give either --store FILE or --config gateway.yaml');
    return EXIT.usage;
  }
  if (store !== undefined) return { path: store, uplinks: [PRIMARY] };
  const loaded = loadSettings(config ?? '', serviceEnvironment(config, process.env));
  if (!loaded.ok) return complainOf(loaded.problems);
  const { store: place, mirror } = loaded.value;
  return { ...place, uplinks: mirror === undefined ? [PRIMARY] : [PRIMARY, MIRROR] };
}
