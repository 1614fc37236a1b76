import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { ARCHITECTURES, type Architecture, MACHINES } from '../../deploy/package/architecture.ts';
import { builtPackage, unpackedPackage } from '../fixtures/package.ts';
import { requires } from '../requirements.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NEEDS = requires('dpkg-deb', 'readelf', 'cc', 'aarch64-linux-gnu-g++');
/** The last is loaded by a name that depends on the version of Node. */
const PROGRAMS = ['dist/src/cli/main.js', 'dist/src/radio-worker.js', 'node_modules/better-sqlite3-13/lib/index.js'];
const MODULES = 'usr/lib/sideline/app/node_modules/';

interface Entry {
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
}

/** What the package's archive itself says of its files, whoever unpacks it. */
function entries(architecture: Architecture): Entry[] {
  const listed = execFileSync('dpkg-deb', ['--contents', builtPackage(architecture)], { encoding: 'utf8' });
  return listed
    .trim()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/);
      return { mode, owner, path: path.replace(/^\.\//, '') };
    })
    .filter(({ path }) => path !== '');
}

function filesOf(architecture: Architecture): string[] {
  return entries(architecture)
    .filter(({ path }) => !path.endsWith('/'))
    .map(({ path }) => path);
}

/** The npm packages in it, by the folder from the application's. */
function carriedPackages(architecture: Architecture): string[] {
  return filesOf(architecture)
    .map((path) => /^usr\/lib\/sideline\/app\/(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1])
    .filter((folder) => folder !== undefined)
    .sort();
}

for (const architecture of ARCHITECTURES) {
  describe(`the package for ${architecture}`, NEEDS, () => {
    let tree = '';
    before(() => {
      tree = unpackedPackage(architecture);
    });
    after(() => rmSync(tree, { recursive: true, force: true }));

    test('belongs to root, and nobody else may write it', () => {
      const all = entries(architecture);
      assert.ok(all.length > 500);
      assert.deepEqual([...new Set(all.map(({ owner }) => owner))], ['root/root']);
      const programs = [
        'usr/bin/sideline',
        ...['bin/node', 'sideline-radio', 'open-alerts'].map((name) => `usr/lib/sideline/${name}`),
      ];
      for (const { mode, path } of all) {
        const usual = mode.startsWith('d') || programs.includes(path) ? 'rwxr-xr-x' : 'rw-r--r--';
        assert.equal(mode.slice(1), usual, path);
      }
    });

    test('has no file that dpkg would replace, or ask about in the middle of an upgrade', () => {
      assert.ok(!existsSync(join(tree, 'DEBIAN', 'conffiles')));
      const files = filesOf(architecture);
      assert.deepEqual(
        files.filter((path) => !path.startsWith('usr/')),
        [],
      );
      assert.deepEqual(
        files.filter((path) => path.startsWith('usr/share/sideline/')),
        ['athletes.yaml', 'gateway.yaml'].map((name) => `usr/share/sideline/${name}`),
      );
    });

    test('says what machine it is for and asks for nothing that Debian 12 has not installed', () => {
      const field = (name: string) =>
        execFileSync('dpkg-deb', ['--field', builtPackage(architecture), name], { encoding: 'utf8' }).trim();
      assert.equal(field('Architecture'), architecture);
      assert.equal(field('Version'), version());
      const depends = field('Depends')
        .split(', ')
        .map((each) => each.split(' ')[0]);
      assert.deepEqual(depends, ['libc6', 'libgcc-s1', 'libstdc++6', 'systemd']);
    });

    test('carries nothing that is for building or for developing', () => {
      const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
        devDependencies: Record<string, string>;
      };
      const unwanted = ['tar', 'node-gyp', 'nan', 'usb', 'prebuild-install', 'node-addon-api', 'better-sqlite3'];
      // hyparquet is a library of what writes Parquet, too.
      const developing = Object.keys(devDependencies).filter((name) => name !== 'hyparquet');
      const names = carriedPackages(architecture).map((folder) => folder.replace(/.*node_modules\//, ''));
      assert.ok(names.includes('better-sqlite3-13'));
      assert.deepEqual(
        names.filter((name) => [...unwanted, ...developing].includes(name)),
        [],
      );
      assert.deepEqual(
        names.filter((name) => /^@types\/|pre-gyp/.test(name)),
        [],
      );
      const left = filesOf(architecture).filter((path) => /\.(map|ts|[ch]|cc|[ch]pp|o|a|gypi?|mk|target)$/.test(path));
      assert.deepEqual(left, []);
    });

    test('tells nothing of the machine that it was built on', () => {
      const files = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      for (const entry of files) {
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        for (const trace of [`${ROOT}/`, 'sideline-package-']) assert.ok(!bytes.includes(trace), `${trace} in ${path}`);
      }
    });

    test('has native code for this machine only, and for a Debian 12', () => {
      const native = filesOf(architecture).filter((path) => isElf(join(tree, path)));
      const { node } = MACHINES[architecture];
      assert.deepEqual(native.sort(), [
        `${MODULES}@abandonware/bluetooth-hci-socket/build/Release/bluetooth_hci_socket.node`,
        `${MODULES}aws-crt/dist/bin/linux-${node}-glibc/aws-crt-nodejs.node`,
        `${MODULES}better-sqlite3-13/prebuilds/linux-${node}.node`,
        'usr/lib/sideline/bin/node',
      ]);
      for (const path of native) {
        const told = execFileSync('readelf', ['-W', '-h', '-V', '-d', join(tree, path)], { encoding: 'utf8' });
        assert.match(told, architecture === 'arm64' ? /Machine:\s+AArch64/ : /Machine:\s+.*X86-64/, path);
        assert.doesNotMatch(told, /RUNPATH|RPATH/, path);
        for (const [symbol, family = '', wanted = ''] of told.matchAll(/\b(GLIBC|GLIBCXX|CXXABI)_(\d[\d.]*)/g)) {
          assert.ok(isAtMost(wanted, DEBIAN_12[family] ?? ''), `${path} wants ${symbol}`);
        }
        for (const [, library = ''] of told.matchAll(/\(NEEDED\).*\[(.+)\]/g))
          assert.match(library, USUAL_LIBRARIES, path);
      }
    });

    test('has a bill of materials that names what is in it and nothing else', () => {
      const bill = JSON.parse(readFileSync(join(tree, 'usr/share/doc/sideline/sbom.cdx.json'), 'utf8')) as Bill;
      assert.equal(bill.bomFormat, 'CycloneDX');
      const [node, ...libraries] = bill.components;
      assert.equal(node?.hashes[0]?.content, sha512(join(tree, 'usr/lib/sideline/bin/node')));
      assert.deepEqual(libraries.map((each) => each['bom-ref']).sort(), carriedPackages(architecture));
      for (const { 'bom-ref': folder, name, version, purl, licenses } of libraries) {
        const own = JSON.parse(readFileSync(join(tree, 'usr/lib/sideline/app', folder, 'package.json'), 'utf8'));
        assert.deepEqual({ name, version }, { name: own.name, version: own.version });
        assert.equal(purl, `pkg:npm/${name.replace('@', '%40')}@${version}`);
        assert.ok(licenses !== undefined, `${name} has a licence`);
      }
      const known = new Set([`sideline@${version()}`, ...bill.components.map((each) => each['bom-ref'])]);
      assert.deepEqual(
        bill.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !known.has(ref)),
        [],
      );
    });

    test('has the sums that its files are checked with', () => {
      execFileSync('md5sum', ['--check', '--quiet', '--strict', 'DEBIAN/md5sums'], { cwd: tree });
    });
  });
}

describe('both packages', NEEDS, () => {
  let tree = '';
  before(() => {
    tree = unpackedPackage('amd64');
  });
  after(() => rmSync(tree, { recursive: true, force: true }));

  test('have the same program and the same libraries', () => {
    const [amd64, arm64] = ARCHITECTURES.map((architecture) =>
      filesOf(architecture).filter((path) => !path.endsWith('.node')),
    );
    assert.deepEqual(amd64, arm64);
  });

  test('hold whatever the programs import, wherever that leads', () => {
    const application = join(tree, 'usr/lib/sideline/app');
    const threads = readdirSync(join(application, 'dist'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /-(thread|process)\.js$/.test(path))
      .map((path) => join('dist', path));
    assert.ok(threads.length >= 4);
    const node = join(application, '..', 'bin', 'node');
    const script = join(import.meta.dirname, 'reached-process.ts');
    const args = ['--no-warnings', '--experimental-import-meta-resolve', script, application, ...PROGRAMS, ...threads];
    const { reached, missing } = JSON.parse(execFileSync(node, args, { encoding: 'utf8' })) as {
      reached: string[];
      missing: { from: string; what: string }[];
    };
    assert.ok(reached.includes('node_modules/better-sqlite3-13/lib/index.js'));
    assert.ok(reached.includes('node_modules/@abandonware/noble/lib/hci-socket/gap.js'));
    assert.ok(reached.includes('node_modules/aws-crt/dist/native/binding.js'));
    assert.deepEqual(
      missing.filter(({ what }) => !OPTIONAL.includes(what)),
      [],
    );
  });
});

interface Bill {
  readonly bomFormat: string;
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly licenses?: object;
    readonly hashes: readonly { readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** What libraries try to load and do without, or load on other systems; tsx is for the program as it is written. */
const OPTIONAL = ['bufferutil', 'utf-8-validate', 'supports-color', './lib/usb.js', './lib/unsupported', 'tsx/esm/api'];

/** The newest version of each family of symbols in Debian 12's libc6 and libstdc++6. */
const DEBIAN_12: Readonly<Record<string, string>> = { GLIBC: '2.36', GLIBCXX: '3.4.30', CXXABI: '1.3.13' };
const USUAL_LIBRARIES = /^(lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+)\.so\.\d+|ld-linux-[\w-]+\.so\.\d)$/;

function isAtMost(version: string, limit: string): boolean {
  const [parts, limits] = [version, limit].map((each) => each.split('.').map(Number));
  const differing = limits?.findIndex((part, index) => part !== (parts?.[index] ?? 0)) ?? -1;
  return differing === -1
    ? (parts?.length ?? 0) <= (limits?.length ?? 0)
    : (parts?.[differing] ?? 0) < (limits?.[differing] ?? 0);
}

function isElf(path: string): boolean {
  return existsSync(path) && readFileSync(path).subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
}

function sha512(path: string): string {
  return createHash('sha512').update(readFileSync(path)).digest('hex');
}

function version(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}
