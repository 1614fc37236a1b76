/** The files of the configuration as the doctor finds them: good or not, it goes on with what can be read. */

import type { GatewaySettings } from '../config/gateway-schema.ts';
import { loadConfiguration, loadSettings } from '../config/load.ts';
import type { Problem } from '../config/problem.ts';
import type { UnreadyResponse } from '../config/unready-responses.ts';
import type { Team } from '../domain/athlete.ts';

export interface ReadConfiguration {
  /** Of gateway.yaml, as it was named. */
  readonly path: string;
  /** Of both files. */
  readonly problems: readonly Problem[];
  /** What is not there that responses need. */
  readonly unready: readonly UnreadyResponse[];
  /** Absent where gateway.yaml is not good; the athletes file may be bad all the same. */
  readonly settings?: GatewaySettings;
  /** Absent where one of the two is not good. */
  readonly team?: Team;
}

export function readConfiguration(path: string, env: NodeJS.ProcessEnv, nowMs: number): ReadConfiguration {
  const loaded = loadConfiguration(path, env, nowMs);
  if (loaded.ok) {
    const { settings, team, unready } = loaded.value;
    return { path, problems: [], unready, settings, team };
  }
  const alone = loadSettings(path, env);
  return { path, problems: loaded.problems, unready: [], ...(alone.ok ? { settings: alone.value } : {}) };
}
