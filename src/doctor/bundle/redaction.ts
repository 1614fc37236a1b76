/**
 * Takes out of any text what must not leave the gateway: what is known to be private, and what looks like an address, a
 * path of somebody's own, a key or a heart rate. Pure. It rather takes out too much.
 */

import { isIPv6 } from 'node:net';

/** In the place of what was taken out. */
const GAP = '…';

/** Characters. Shorter ones are in the middle of too many words, and say nothing. */
const PRIVATE_MIN_LENGTH = 3;

/** Outside of ASCII two may be a whole name, as in Chinese. */
const PRIVATE_MIN_LENGTH_ELSEWHERE = 2;

/** The system's own folders, in which there is no name of a person. */
const SYSTEM_FOLDERS = /^\/(usr|lib|sys|proc|dev|run(?!\/media)|etc|boot|sbin|bin|var\/lib\/sideline)(\/|$)/;

/** Of a log line in JSON these fields go whole: there are none today, and if there ever are, here they are not wanted. */
const PRIVATE_FIELDS = new Set([
  'name',
  'note',
  'bpm',
  'value',
  'rr',
  'url',
  'strap',
  'by',
  'acknowledgedBy',
  'snoozedBy',
]);

type Replacement = readonly [pattern: RegExp, by: string | ((text: string, ...groups: string[]) => string)];

const PATTERNS: readonly Replacement[] = [
  [/-----BEGIN [^-]*-----[\s\S]*?(-----END [^-]*-----|$)/g, GAP],
  [/\b([a-z][a-z0-9+.-]{1,20}):\/\/[^\s"'<>]+/gi, (_, scheme) => `${scheme}://${GAP}`],
  [/[A-Za-z0-9-]+(\.iot\.[a-z0-9-]+\.amazonaws\.com)/g, (_, region) => GAP + region],
  [/[^\s"'<>@:/]+@[^\s"'<>@:/]+/g, (text) => (text.startsWith('sideline-radio@') ? text : GAP)],
  // Whatever may be an address of IPv6; a time has two colons as well.
  [/(?<!\w)(?:[0-9a-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4})/gi, withoutAddress],
  [/(?<![\w.])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]*/gi, GAP],
  [/(?<![\w-])(?:[0-9a-f]{2}-){5}[0-9a-f]{2}(?![\w-])/gi, GAP],
  [/\b[0-9a-f]{12}\b/gi, GAP],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, (text) => (text.startsWith('127.') ? text : GAP)],
  [/(?<![\w.…:/])\/[^\s"':;,()<>]+/g, (path) => (SYSTEM_FOLDERS.test(path) ? path : GAP + lastOf(path))],
  [/\b\d{2,3} ?(bpm|beats)\b/gi, (_, unit) => `${GAP} ${unit}`],
];

/** They tell nothing of anybody: this machine itself, and everywhere. */
const NOBODYS_ADDRESSES = ['::1', '::'];

/** A colon at the end may be the sentence's. */
function withoutAddress(text: string): string {
  const address = [text, text.replace(/:$/, '')].find((each) => isIPv6(each));
  if (address === undefined || NOBODYS_ADDRESSES.includes(address)) return text;
  return GAP + text.slice(address.length);
}

/** The folders in which each user has one of their name, and a stick one of its own in that. */
const PERSONAL_FOLDER = /^\/(home\/[^/]+|(run\/)?media\/[^/]+(\/[^/]+)?)\/*/;

/** The last part of a path with the slash before it, where it is not the name of a person or of their stick. */
function lastOf(path: string): string {
  const rest = path.replace(PERSONAL_FOLDER, '');
  const last = rest.split('/').findLast((part) => part !== '');
  return last === undefined ? '' : `/${last}`;
}

function isLongEnough(text: string): boolean {
  const { length } = [...text.trim()];
  return length >= (/[^\p{ASCII}]/u.test(text) ? PRIVATE_MIN_LENGTH_ELSEWHERE : PRIVATE_MIN_LENGTH);
}

export class Redaction {
  readonly #private: readonly string[];
  readonly #numbers: readonly RegExp[];

  /**
   * @param privateTexts what the files and the environment hold that is nobody else's business
   * @param privateNumbers likewise; they are taken out of sentences, and not out of times and of the fields of JSON
   */
  constructor(privateTexts: Iterable<string>, privateNumbers: Iterable<number> = []) {
    this.#numbers = [...new Set(privateNumbers)].map(
      (each) => new RegExp(`(?<![\\w.:-])${escaped(String(each))}(?![\\w:-]|\\.\\d)`, 'g'),
    );
    const texts = [...new Set(privateTexts)].filter(isLongEnough);
    // A text may stand in the middle of JSON, where some characters are written otherwise.
    const forms = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)]);
    // What holds another goes first, whole.
    this.#private = [...new Set(forms)].sort((a, b) => b.length - a.length);
  }

  text(text: string): string {
    let left = this.#withoutPrivate(text);
    for (const number of this.#numbers) left = left.replace(number, GAP);
    for (const [pattern, by] of PATTERNS) {
      left = typeof by === 'string' ? left.replace(pattern, by) : left.replace(pattern, by);
    }
    return left;
  }

  /** A log, line by line. */
  log(text: string): string {
    return text
      .split('\n')
      .map((line) => this.text(withoutFields(line)))
      .join('\n');
  }

  #withoutPrivate(text: string): string {
    let left = text;
    for (const each of this.#private) {
      if (!left.toLowerCase().includes(each.toLowerCase())) continue;
      left = left.replace(new RegExp(escaped(each), 'gi'), GAP);
    }
    return left;
  }
}

function withoutFields(line: string): string {
  const start = line.indexOf('{');
  if (start === -1) return line;
  try {
    const fields: unknown = JSON.parse(line.slice(start));
    const kept = JSON.stringify(fields, (key, value: unknown) => (PRIVATE_FIELDS.has(key) ? undefined : value));
    return line.slice(0, start) + kept;
  } catch {
    return line;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
