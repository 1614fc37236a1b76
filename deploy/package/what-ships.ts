/**
 * What of the production dependencies a gateway needs once it runs. Most of what npm installs is for building native
 * modules, for browsers, for other systems and for people who read; a test follows every import from the programs and
 * fails if one of them leads to something that was left out here.
 */

/** Dependencies that a package declares and does not load on a gateway, by package; `*` for those of any package. */
export const NOT_LOADED: Readonly<Record<string, readonly string[]>> = {
  // Types of TypeScript.
  '*': ['@types/node', '@types/readable-stream', '@types/ws'],
  // The line for Node 20; the package carries Node 24 (docs/decisions/0013).
  sideline: ['better-sqlite3'],
  // For compiling, and for Windows and FreeBSD, where the adapter is reached over USB.
  '@abandonware/bluetooth-hci-socket': ['@mapbox/node-pre-gyp', 'node-gyp', 'nan', 'usb'],
  // For the Bluetooth of macOS and Windows.
  '@abandonware/noble': ['napi-thread-safe-callback', 'node-addon-api', 'node-gyp-build'],
  'better-sqlite3-13': ['node-addon-api'],
  // For browsers; on Node all of it is in the native module.
  'aws-crt': ['@httptoolkit/websocket-stream', '@aws-sdk/util-utf8-browser', 'axios', 'buffer', 'crypto-js', 'process'],
  // Its command line.
  mqtt: ['commist', 'concat-stream', 'help-me', 'minimist'],
  'pino-pretty': ['help-me', 'joycon', 'minimist'],
};

/** Files of every package that nothing loads; a licence stays, whatever it is called. */
function isNeverLoaded(path: string): boolean {
  if (/^(licen[cs]e|notice|copying|copyright|authors)/i.test(path)) return false;
  if (FOLDERS.test(path)) return true;
  return FILES.test(path);
}

const FOLDERS =
  /^(tests?|__tests__|examples?|docs?|documents|benchmarks?|assets|typings|types|help|servicetests|man|\.github)\//;
const FILES = new RegExp(
  [
    String.raw`\.(map|ts|mts|cts|md|markdown|html|ya?ml|gypi?|png|ico|sh|tsbuildinfo|py)$`,
    String.raw`(^|/)\.`,
    String.raw`(^|/)(tsconfig(\.\w+)*\.json|yarn\.lock)$`,
    String.raw`^(CNAME|package-lock\.json|(eslint|example|bench|benchmark|bin|test)(\.\w+)*\.m?js)$`,
  ].join('|'),
  'i',
);

/** Folders and files of single packages that are for building, for browsers or for other systems. */
const ELSEWHERE: Readonly<Record<string, readonly RegExp[]>> = {
  '@abandonware/bluetooth-hci-socket': [/^src\//, /^lib\/(usb|unsupported)\.js$/, /^lib\/binding\//],
  '@abandonware/noble': [
    /^lib\/(distributed|mac|webbluetooth|websocket|win)\//,
    /^lib\/resolve-bindings/,
    /^ws-/,
    /^index\.js$/,
    /^with-custom-binding\.js$/,
    /^test\.custom\.js$/,
  ],
  'better-sqlite3-13': [/^(deps|src|build)\//],
  'aws-crt': [/^(source|lib|scripts|dist\.browser)\//, /^CMakeLists\.txt$/],
  'fit-file-parser': [/^dist\/(type_generator|fit-encoder)\.js$/],
  mqtt: [/^dist\//, /^build\/bin\//],
  'worker-factory': [/^src\//],
  yaml: [/^browser\//],
  zod: [/^src\//],
};

/** Prebuilt native modules: those of the machine stay, by Node's name for it. */
const PREBUILT: Readonly<Record<string, (path: string, node: string) => boolean>> = {
  'better-sqlite3-13': (path, node) => path === `prebuilds/linux-${node}.node`,
  'aws-crt': (path, node) => path === `dist/bin/linux-${node}-glibc/aws-crt-nodejs.node`,
};

/**
 * @param name of the package, as it is installed
 * @param path of the file in it, with forward slashes
 * @param node Node's name of the machine
 */
export function ships(name: string, path: string, node: string): boolean {
  if (path.endsWith('.node')) return PREBUILT[name]?.(path, node) ?? false;
  if (isNeverLoaded(path)) return false;
  return !(ELSEWHERE[name] ?? []).some((pattern) => pattern.test(path));
}
