import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import { referenceTo } from '../../src/config/environment.ts';
import { gatewaySchema } from '../../src/config/gateway-schema.ts';
import { serviceSockets } from '../../src/system/socket-places.ts';
import { EVENTS } from '../../src/telemetry/events.ts';
import { anchorsOf, type Page, ROOT, readPage, type Span } from './markdown.ts';
import { commandLines, commandsOf, wordsOf } from './shell-words.ts';
import { whatIsWrong } from './told-options.ts';

const PAGES = [
  'README.md',
  'SECURITY.md',
  ...filesBelow('docs', /\.md$/).filter((path) => !path.includes('/decisions/')),
];
const pages = PAGES.map(readPage);
/** They tell of what was, so that only their links have to hold. */
const records = ['CHANGELOG.md', ...filesBelow('docs/decisions', /\.md$/)].map(readPage);

function filesBelow(folder: string, name: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
}

/** What somebody who reads the page may type, each command as its words. */
function commandsIn({ blocks, spans }: Page): (Span & { words: string[] })[] {
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ place, text }) => commandLines(text).map(({ text, words }) => ({ place, text, words })));
  const inText = spans.map(({ place, text }) => ({ place, text, words: wordsOf(text) }));
  return [...lines, ...inText].flatMap(({ place, text, words }) =>
    commandsOf([...words]).map((command) => ({ place, text, words: command })),
  );
}

const commands = pages.flatMap(commandsIn);

test('every command of the pages is one, with options that it has', () => {
  const ours = commands.filter(
    ({ words: [first, second] }) => first === 'sideline' && second !== undefined && second !== '…',
  );
  assert.ok(ours.length > 60, `only ${ours.length} were found`);
  const wrong = ours.flatMap(({ place, text, words }) => {
    const what = whatIsWrong(words);
    return what === undefined ? [] : [`${place}: ${text}: ${what}`];
  });
  assert.deepEqual(wrong, []);
});

test('a command that is not one, and an option that a command has not, are told', () => {
  assert.equal(whatIsWrong(['sideline', 'statsu']), 'there is no command statsu');
  assert.equal(whatIsWrong(['sideline', 'store', 'exprot']), 'there is no command store exprot');
  assert.equal(whatIsWrong(['sideline', 'status', '--jsno']), 'sideline status has no option --jsno');
  assert.equal(whatIsWrong(['sideline', 'decode', '10', '48', '--rule=x']), 'sideline decode has no option --rule');
  assert.equal(whatIsWrong(['sideline', 'store', 'export', '--store', 'a.db', '--what', 'gaps']), undefined);
});

const DEPLOYED = filesBelow('deploy', /./)
  .map((path) => readFileSync(join(ROOT, path), 'utf8'))
  .join('\n');

test('the units that the pages name are there', () => {
  const units = commands.flatMap(({ place, words: [first, ...rest] }) =>
    first === 'systemctl' || first === 'journalctl'
      ? rest.filter((word) => word.startsWith('sideline')).map((word) => ({ place, word }))
      : [],
  );
  assert.ok(units.length > 10, `only ${units.length} were found`);
  const missing = units.filter(({ word }) => {
    const file = `${word.replace(/@.*/, '@').replace(/\.service$/, '')}.service`;
    return !existsSync(join(ROOT, 'deploy', 'systemd', file));
  });
  assert.deepEqual(missing, []);
});

test('the places of a gateway that the pages name are those of the package and its units', () => {
  const known = new Set(DEPLOYED.match(/\/(?:etc|run|usr|var)\/[\w./@-]*sideline[\w./@-]*\w/g));
  for (const [, credential = ''] of DEPLOYED.matchAll(/^LoadCredential=(\S+)$/gm)) {
    known.add(`/etc/credstore/${credential}`).add(`/etc/credstore.encrypted/${credential}`);
  }
  const sockets = serviceSockets({});
  for (const place of ['/run/credentials/sideline.service', sockets.status, sockets.control]) known.add(place);
  const named = pages
    .filter(({ path }) => !path.includes('/reference/'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/(?<![\w.$}])\/(?:etc|run|usr|var)\/[\w./@-]*sideline[\w./@-]*\w/g)].map(([place]) => ({
        path,
        place,
      })),
    );
  assert.ok(known.size > 4 && named.length > 20, `${known.size} are known, ${named.length} named`);
  const unknown = named.filter(({ place }) => ![...known].some((one) => place === one || place.startsWith(`${one}.`)));
  assert.deepEqual(unknown, []);
});

test('the users and groups that the pages name are those that the package makes', () => {
  const made = new Set([...DEPLOYED.matchAll(/^[ug] (\S+)/gm)].map(([, name]) => name));
  const owners = commands.flatMap(({ place, words: [first, ...rest] }) => {
    if (first === 'chown')
      return (rest.find((word) => word.includes(':')) ?? '').split(':').map((name) => ({ place, name }));
    if (first === 'adduser') return [{ place, name: rest[1] }];
    return [];
  });
  assert.ok(owners.length > 3);
  assert.deepEqual(
    owners.filter(({ name = '' }) => name !== 'root' && !made.has(name)),
    [],
  );
});

/** A word with a dot between, all of it in small letters: `store.damaged`, and `store.path`. */
const DOTTED = /^(?:alert|athletes|clock|gap|gateway|log|metrics|radio|response|source|store|uplink)\.[a-z_-]+$/;
const FILE = /\.(?:yaml|db|service|md|key|certificate|authority)$/;

test('the events and settings that the pages name are there', () => {
  // Made from the schemas themselves.
  const settings = readPage('docs/reference/configuration.md').spans.map(({ text }) => text);
  const known = new Set([...Object.keys(EVENTS), ...settings]);
  const named = pages.flatMap(({ spans }) => spans).filter(({ text }) => DOTTED.test(text) && !FILE.test(text));
  assert.ok(named.length > 10, `only ${named.length} are named`);
  assert.deepEqual(
    named.filter(({ text }) => !known.has(text)),
    [],
  );
});

const SECRET = `"${referenceTo('OFFICE_SECRET')}"`;
const A_SECRET = `whsec_${'A'.repeat(32)}`;

test('what the pages show of a gateway.yaml is what it may have in it', () => {
  const base = parse(
    readPage('docs/raspberry-pi.md').blocks.find(({ file }) => file?.endsWith('gateway.yaml'))?.text ?? '',
  );
  const parts = ['docs/raspberry-pi.md', 'docs/operators.md', 'docs/responses.md']
    .flatMap((path) => readPage(path).blocks)
    .filter(({ language, file }) => language === 'yaml' && file === undefined);
  assert.ok(parts.length > 3);
  for (const { place, text } of parts) {
    const result = gatewaySchema.safeParse({ ...base, ...parse(text.replaceAll(SECRET, A_SECRET)) });
    assert.ok(result.success, `${place}: ${result.error?.message}`);
  }
});

test('links of the pages lead to something', () => {
  const links = [...pages, ...records].flatMap(({ path, links }) =>
    links.map(({ place, text }) => ({ path, place, text })),
  );
  assert.ok(links.length > 30, `only ${links.length} were found`);
  const dead = links.filter(({ path, text }) => {
    if (/^[a-z]+:/.test(text)) return false;
    const [file = '', anchor] = text.split('#');
    const target = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file));
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(readPage(target)).has(anchor);
  });
  assert.deepEqual(dead, []);
});
