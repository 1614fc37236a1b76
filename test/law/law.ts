/**
 * The import law and the bans, as a checker over source text. It reads imports with a pattern and not with a
 * compiler: what it must find is the plain import syntax that `verbatimModuleSyntax` leaves us with.
 */
import { posix } from 'node:path';

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** What a folder (or file) may import besides itself; the longest matching entry counts. */
const MAY_IMPORT: Readonly<Record<string, { readonly own: readonly string[]; readonly packages: boolean }>> = {
  // What is built here is the same whatever the program does.
  'deploy/package': { own: [], packages: true },
  'src/domain': { own: [], packages: false },
  'device/profiles': { own: [], packages: false },
  'src/ports.ts': { own: ['src/domain', 'device/profiles', 'src/telemetry/events.ts'], packages: false },
  'src/gateway': { own: ['src/domain', 'src/ports.ts'], packages: false },
  'src/config': {
    own: [
      'src/domain',
      'src/uplink/message.ts',
      'src/system/status-document.ts',
      'src/system/control-document.ts',
      'src/responses/webhook/addresses.ts',
      'src/responses/webhook/signature.ts',
      'src/telemetry/events.ts',
      'src/telemetry/notes',
    ],
    packages: true,
  },
  'src/outbox': { own: ['src/domain', 'src/ports.ts'], packages: true },
  'src/uplink': { own: ['src/domain', 'src/ports.ts'], packages: true },
  // The local topic speaks MQTT as the uplink does, and a webhook says what the uplink says.
  'src/responses': {
    own: ['src/domain', 'src/ports.ts', 'src/uplink/back-off.ts', 'src/uplink/connection.ts', 'src/uplink/message.ts'],
    packages: true,
  },
  'src/responders.ts': { own: ['src'], packages: true },
  'src/telemetry': { own: ['src/domain', 'src/ports.ts'], packages: true },
  'src/system': { own: ['src/domain', 'src/ports.ts'], packages: true },
  'device/radio': { own: ['src/domain', 'src/ports.ts', 'device/profiles'], packages: true },
  // The core talks to the radio's processes and never loads the library that malformed radio data may break.
  'device/radio/team': {
    own: ['src/domain', 'src/ports.ts', 'device/profiles', 'device/radio/frames'],
    packages: true,
  },
  'device/radio/frames': { own: ['src/domain', 'src/ports.ts', 'device/profiles'], packages: true },
  'device/radio/worker': {
    own: ['src/domain', 'src/ports.ts', 'device/profiles', 'device/radio/frames', 'device/radio/noble.ts'],
    packages: true,
  },
  'device/radio/hci': {
    own: ['src/domain', 'src/ports.ts', 'device/profiles', 'device/radio/noble.ts'],
    packages: true,
  },
  simulator: { own: ['src/domain', 'src/ports.ts', 'device/profiles'], packages: true },
  // It looks at what the gateway would use as the gateway would, and is no part of one.
  'src/doctor': {
    own: [
      'src/domain',
      'src/ports.ts',
      'src/system',
      'src/config',
      'src/uplink',
      'src/responses/webhook/addresses.ts',
      'device/radio',
    ],
    packages: true,
  },
  'src/radio-lines.ts': { own: ['src', 'device'], packages: true },
  'src/radio-worker.ts': { own: ['src/domain', 'src/ports.ts', 'src/system', 'device/radio'], packages: true },
  'src/daemon.ts': { own: ['src', 'device', 'simulator'], packages: true },
  'src/cli': { own: ['src', 'device', 'simulator'], packages: true },
};

/** The core takes time, chance and IO as arguments. */
const PURE = ['src/domain', 'device/profiles'];
const TIMELESS = [...PURE, 'src/gateway'];

const BANS: readonly { readonly pattern: RegExp; readonly where: readonly string[]; readonly what: string }[] = [
  {
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/,
    where: TIMELESS,
    what: 'takes the time itself',
  },
  { pattern: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b/, where: TIMELESS, what: 'takes chance itself' },
  { pattern: /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/, where: TIMELESS, what: 'sets a timer itself' },
  { pattern: /\b(async|await|Promise)\b/, where: PURE, what: 'is not synchronous' },
  { pattern: /\bprocess\.(env|exit)\b/, where: TIMELESS, what: 'reaches for the process' },
  { pattern: /\bmock\.module\b|\bvi\.mock\b|\bjest\.mock\b|\bproxyquire\b/, where: [''], what: 'mocks a module' },
];

const VAGUE_NAME = /(^|[-/.])(utils?|helpers?|manager|common|misc)([-/.]|$)/;

/** Its strings are the checker's own failing examples. */
const FIXTURES = 'test/law/law.test.ts';

export function violations(project: readonly SourceFile[]): Violation[] {
  const files = project.filter(({ path }) => path !== FIXTURES);
  const known = new Set(files.map(({ path }) => path));
  const found = files.flatMap((file) => [...nameOf(file), ...importsOf(file, known), ...bansOf(file)]);
  return [...found, ...cycles(files)];
}

function nameOf({ path }: SourceFile): Violation[] {
  if (VAGUE_NAME.test(path)) return [{ path, line: 1, what: 'has a name that says nothing' }];
  if (/(^|\/)index\.ts$/.test(path)) return [{ path, line: 1, what: 'is a barrel file' }];
  return [];
}

function importsOf(file: SourceFile, known: ReadonlySet<string>): Violation[] {
  const room = roomOf(file.path);
  return imports(file).flatMap(({ line, specifier, target }) => {
    const at = { path: file.path, line };
    if (target === undefined) {
      const law = room === undefined ? undefined : MAY_IMPORT[room];
      return law === undefined || law.packages ? [] : [{ ...at, what: `imports the package ${specifier}` }];
    }
    if (!known.has(target)) return [{ ...at, what: `imports ${specifier}, which is not there` }];
    if (room === undefined) return [];
    const allowed = [room, ...(MAY_IMPORT[room]?.own ?? [])];
    return allowed.some((place) => isIn(target, place)) ? [] : [{ ...at, what: `imports ${target}` }];
  });
}

function bansOf({ path, text }: SourceFile): Violation[] {
  const bans = BANS.filter(({ where }) => where.some((place) => place === '' || isIn(path, place)));
  return codeLines(text).flatMap((code, index) =>
    bans.filter(({ pattern }) => pattern.test(code)).map(({ what }) => ({ path, line: index + 1, what })),
  );
}

/** The text by lines, without comments, so that prose may speak of what code may not do. */
function codeLines(text: string): string[] {
  const blank = (comment: string) => comment.replace(/[^\n]/g, ' ');
  return text
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(?<=^|\s)\/\/.*$/gm, blank)
    .split('\n');
}

function cycles(files: readonly SourceFile[]): Violation[] {
  const edges = new Map(files.map((file) => [file.path, imports(file).flatMap(({ target }) => target ?? [])]));
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      found.push({ path, line: 1, what: `imports itself: ${[...trail.slice(start), path].join(' -> ')}` });
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

function imports({ path, text }: SourceFile): { line: number; specifier: string; target: string | undefined }[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  const code = codeLines(text).join('\n');
  return [...code.matchAll(pattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const end = (match.index ?? 0) + match[0].length;
    const line = code.slice(0, end).split('\n').length;
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
    return { line, specifier, target };
  });
}

function roomOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((room) => isIn(path, room))
    .sort((a, b) => b.length - a.length)[0];
}

function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}
