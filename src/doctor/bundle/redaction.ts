/**
 * Takes out of any text what must not leave the gateway: what is known to be private, and what looks like an address, a
 * path of somebody's own, a key or a heart rate. Pure. It rather takes out too much.
 */

/** In the place of what was taken out. */
const GAP = '…';

/** Shorter ones are in the middle of too many words, and say nothing. */
const PRIVATE_MIN_LENGTH = 3;

/** The system's own folders, in which there is no name of a person. */
const SYSTEM_FOLDERS = /^\/(usr|lib|sys|proc|dev|run|etc|boot|sbin|bin|var\/lib\/sideline)(\/|$)/;

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
  [/(?<![\w.])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]*/gi, GAP],
  [/\b[0-9a-f]{12}\b/gi, GAP],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, (text) => (text.startsWith('127.') ? text : GAP)],
  [
    /(?<![\w.…:/])\/[^\s"':;,()<>]+/g,
    (path) => (SYSTEM_FOLDERS.test(path) ? path : `${GAP}/${path.split('/').at(-1)}`),
  ],
  [/\b\d{2,3} ?(bpm|beats)\b/gi, (_, unit) => `${GAP} ${unit}`],
];

export class Redaction {
  readonly #private: readonly string[];

  /** @param privateTexts what the files and the environment hold that is nobody else's business */
  constructor(privateTexts: Iterable<string>) {
    const texts = [...new Set(privateTexts)].filter((text) => text.trim().length >= PRIVATE_MIN_LENGTH);
    // A text may stand in the middle of JSON, where some characters are written otherwise.
    const forms = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)]);
    // What holds another goes first, whole.
    this.#private = [...new Set(forms)].sort((a, b) => b.length - a.length);
  }

  text(text: string): string {
    let left = this.#withoutPrivate(text);
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
