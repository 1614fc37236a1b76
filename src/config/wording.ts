/** How a place in a configuration file is called in a sentence. */
import type { Path, YamlFile } from './yaml-file.ts';
import { SHOWABLE_KEY } from './yaml-syntax.ts';

/** Their values are never shown: they are secrets, or a person may have put one there. */
const SECRET_KEYS: ReadonlySet<unknown> = new Set([
  'url',
  'username',
  'password',
  'secret',
  'ca',
  'certificate',
  'private_key',
]);

/** A longer value would hide the sentence that it stands in. */
const SHOWN_MAX = 60;

/** The thing at the path: `"port" in "uplink"`, `"above" in rule "high-average" of athlete "7"`. */
export function subject(file: YamlFile, path: Path): string {
  const last = path.at(-1);
  const parent = path.slice(0, -1);
  if (last === undefined) return 'the file';
  if (isAthlete(path)) return athleteAt(file, path);
  if (isNamed(path)) return namedAt(path);
  if (typeof last === 'number') return `item ${last + 1} of ${subject(file, parent)}`;
  if (isRules(parent)) return `rule ${quoteText(last)}${of(file, parent)}`;
  return `${quoteKey(last)}${within(file, parent)}`;
}

/** Where a key of the map at the path is: ` in "uplink"`, ` of athlete "7"`; nothing at the top of the file. */
export function within(file: YamlFile, map: Path): string {
  if (map.length === 0) return '';
  if (isRules(map) || isAthlete(map) || isNamed(map) || isDefaults(map)) return of(file, map);
  return ` in ${subject(file, map)}`;
}

/** The athlete that the path leads into, as a person knows them: by id, or by their place in the list. */
function athleteAt(file: YamlFile, path: Path): string {
  const id = file.written([...path.slice(0, 2), 'id']);
  return id === undefined || id === ''
    ? `athlete ${Number(path[1]) + 1} of the list`
    : `athlete ${quoteText(unquoted(id))}`;
}

/** What stands in the file at the path, fit to be shown; undefined where it is not a short, harmless scalar. */
export function shownValue(file: YamlFile, path: Path): string | undefined {
  const written = file.written(path);
  if (written === undefined || SECRET_KEYS.has(path.at(-1)) || /[\r\n@]/.test(written)) return undefined;
  return plain(written) ? written : quoteText(unquoted(written));
}

/** In quotes, of which there are none within, without what a terminal would act upon or a reader not see. */
export function quoteText(text: string): string {
  const harmless = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?').replaceAll('"', "'");
  return `"${harmless.length > SHOWN_MAX ? `${harmless.slice(0, SHOWN_MAX)}…` : harmless}"`;
}

/** A key in quotes; one that may be a value with a space forgotten before it is not shown. */
export function quoteKey(key: string | number): string {
  const text = String(key);
  return SHOWABLE_KEY.test(text) ? `"${text}"` : '(not a plain name)';
}

function of(file: YamlFile, path: Path): string {
  if (path[0] === 'athletes' && path.length > 1) return ` of ${athleteAt(file, path)}`;
  if (isNamed(path.slice(0, 2))) return ` of ${namedAt(path)}`;
  return path[0] === 'defaults' ? ' of the defaults' : '';
}

/** A map of rules, whoever they are of. */
function isRules(path: Path): boolean {
  return path.at(-1) === 'rules' && (isDefaults(path.slice(0, -1)) || path.length === 3);
}

/** A team or a preset. */
function isNamed(path: Path): boolean {
  return path.length === 2 && (path[0] === 'teams' || path[0] === 'presets');
}

function namedAt([home, name]: Path): string {
  return `${home === 'teams' ? 'team' : 'preset'} ${quoteText(String(name))}`;
}

function isAthlete(path: Path): boolean {
  return path.length === 2 && path[0] === 'athletes' && typeof path[1] === 'number';
}

function isDefaults(path: Path): boolean {
  return path.length === 1 && path[0] === 'defaults';
}

/** Numbers stand without quotes in the file, and so in a sentence. */
function plain(written: string): boolean {
  return /^[-+]?[\d.]{1,20}$/.test(written) && Number.isFinite(Number(written));
}

/** The source of a quoted scalar without its quotes, near enough to be read. */
function unquoted(source: string): string {
  return /^(["']).*\1$/s.test(source) ? source.slice(1, -1) : source;
}
