/** The athletes of a file with their rules explained, in a configuration that is right otherwise. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ExplainedAthlete } from '../../src/config/explanation.ts';
import { explainConfiguration } from '../../src/config/load.ts';
import { configFolder, GATEWAY_HEAD, loadedValue } from '../config/config-folder.ts';

/** By which ages are counted. */
const NOW_MS = Date.UTC(2026, 0, 31);

export function explainedAthletes(test: TestContext, athletes: string): readonly ExplainedAthlete[] {
  const gateway = `${GATEWAY_HEAD}uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }\n`;
  const folder = configFolder(test, { 'gateway.yaml': gateway, 'athletes.yaml': athletes });
  return loadedValue(explainConfiguration(join(folder, 'gateway.yaml'), {}, NOW_MS)).explained;
}
