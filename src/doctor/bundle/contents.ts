/** What goes into a bundle for support, each part redacted before it is anywhere but in memory. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { isMapping } from '../../config/issue-problems.ts';
import { readText } from '../../config/text-file.ts';
import { YamlFile } from '../../config/yaml-file.ts';
import { configurationVerdicts } from '../configuration.ts';
import type { ReadConfiguration } from '../configuration-files.ts';
import type { Finding, GatewayAnswer } from '../finding.ts';
import { serviceVariables } from '../service-environment.ts';
import { tellableConfiguration } from '../tellable-configuration.ts';
import { withoutQuotations } from './journal.ts';
import { outputOf } from './output-of.ts';
import { privateNumbers, privateStatusTexts, privateTexts } from './private-texts.ts';
import { Redaction } from './redaction.ts';
import { reducedAthletesFile, reducedGatewayFile, reducedStatus } from './reduced-files.ts';

export interface BundlePart {
  /** Of the file in the archive. */
  readonly name: string;
  /** For whoever is asked whether it may go. */
  readonly what: string;
  readonly text: string;
}

export interface BundleSources {
  readonly findings: readonly Finding[];
  readonly configuration?: ReadConfiguration | undefined;
  readonly gateway: GatewayAnswer;
  /** Of this process, which the programs get that are asked. */
  readonly env: NodeJS.ProcessEnv;
  /** For those in the files. */
  readonly variables: NodeJS.ProcessEnv;
  /** Of program, Node.js and system. */
  readonly versions: Readonly<Record<string, string>>;
  /** What a check of the store has found. */
  readonly storeCheck: string;
}

const JOURNAL_LINES = 2_000;
const UNITS = ['sideline.service', 'sideline-radio@*.service'] as const;
const UNIT_PROPERTIES =
  'Id,LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,ExecMainCode,ActiveEnterTimestamp,WatchdogUSec,UnitFileState';

export async function bundleParts(sources: BundleSources): Promise<BundlePart[]> {
  const { configuration, gateway, env, variables, versions } = sources;
  const files = configuration === undefined ? undefined : filesOf(configuration, variables);
  const texts = [
    ...privateTexts(files?.gateway.expanded, files?.athletes?.expanded),
    ...(configuration === undefined ? [] : Object.values(serviceVariables(configuration.path))),
    ...(gateway.state === 'answered' ? privateStatusTexts(gateway.status) : []),
  ];
  const redaction = new Redaction(texts, privateNumbers(files?.athletes?.expanded));
  const [units, journal] = await Promise.all([
    outputOf('systemctl', ['show', `--property=${UNIT_PROPERTIES}`, ...UNITS], env),
    outputOf('journalctl', journalArguments(), env),
  ]);
  return [
    {
      name: 'findings.json',
      what: 'what the doctor has found',
      text: redaction.text(json(findingsOf(sources))),
    },
    { name: 'versions.json', what: 'of the program, Node.js and the system', text: json(versions) },
    ...(files === undefined
      ? []
      : [
          {
            name: 'gateway.yaml',
            what: 'structure and numbers; no hosts, users, secrets, paths',
            text: yaml(reducedGatewayFile(files.gateway.written)),
          },
        ]),
    ...(files?.athletes === undefined
      ? []
      : [
          {
            name: 'athletes.yaml',
            what: 'ids and rules; no names, straps, ages, heart rates',
            text: yaml(reducedAthletesFile(files.athletes.written)),
          },
        ]),
    ...(gateway.state !== 'answered'
      ? []
      : [
          {
            name: 'status.json',
            what: 'what the running gateway tells of itself; no notes',
            text: redaction.text(json(reducedStatus(gateway.status))),
          },
        ]),
    ...storePart(configuration, redaction.text(sources.storeCheck)),
    { name: 'units.txt', what: 'the states of the services', text: redaction.text(units) },
    {
      name: 'journal.txt',
      what: `the last lines of their logs, ${JOURNAL_LINES} at most`,
      text: redaction.log(withoutQuotations(journal)),
    },
  ];
}

function journalArguments(): string[] {
  const units = UNITS.flatMap((unit) => ['-u', unit]);
  return ['--no-pager', '--quiet', '--output=short-iso', '--no-hostname', `--lines=${JOURNAL_LINES}`, ...units];
}

/** What quotes the files does so with their own words, which may be names. */
function findingsOf({ findings, configuration }: BundleSources): readonly Finding[] {
  if (configuration === undefined) return findings;
  const verdicts = configurationVerdicts(tellableConfiguration(configuration));
  let next = 0;
  return findings.map((finding) => {
    const verdict = finding.check === 'configuration' ? verdicts[next++] : undefined;
    return verdict === undefined ? finding : { ...finding, ...verdict };
  });
}

interface Written {
  readonly written: unknown;
  /** With the environment's variables in their places. */
  readonly expanded: unknown;
}

/** As far as they can be read, good or not. */
function filesOf(
  { path }: ReadConfiguration,
  variables: NodeJS.ProcessEnv,
): { gateway: Written; athletes?: Written } | undefined {
  const gateway = writtenIn(path, variables);
  if (gateway === undefined) return undefined;
  const named = isMapping(gateway.expanded) ? gateway.expanded['athletes'] : undefined;
  const athletes = typeof named === 'string' ? writtenIn(resolve(dirname(path), named), variables) : undefined;
  return { gateway, ...(athletes === undefined ? {} : { athletes }) };
}

function writtenIn(path: string, variables: NodeJS.ProcessEnv): Written | undefined {
  const read = readText(path);
  if (!read.ok) return undefined;
  const data = (known: NodeJS.ProcessEnv) => new YamlFile(path, read.text, known).data;
  return { written: data({}), expanded: data(variables) };
}

/** Of what is in the store only counts: it is where everything private is. */
function storePart(configuration: ReadConfiguration | undefined, check: string): BundlePart[] {
  const path = configuration?.settings?.store.path;
  if (path === undefined) return [];
  const store = basename(path);
  const lines = namesIn(dirname(path))
    .filter((name) => name.startsWith(store))
    .flatMap((name) => {
      const found = statSync(join(dirname(path), name), { throwIfNoEntry: false });
      if (found === undefined) return [];
      const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
      return [`store${name.slice(store.length)}  ${found.size} bytes  mode ${mode}  ${found.mtime.toISOString()}`];
    });
  return [
    {
      name: 'store.txt',
      what: 'its files, their sizes, and what a check of it finds',
      text: [...lines, `check: ${check}`, ''].join('\n'),
    },
  ];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Aliases would be repeated names of the file's own. */
function yaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false });
}
