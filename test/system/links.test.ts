import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
];

/** The targets of a page's links within the repository, outside of code. */
function relativeLinks(page: string): string[] {
  const prose = readFileSync(join(ROOT, page), 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)].map(
    ([, inline, reference]) => inline ?? reference ?? '',
  );
  return targets.filter((target) => !/^([a-z][a-z0-9+.-]*:|#)/i.test(target));
}

test('every link from a page to a file of the repository leads somewhere', () => {
  const links = PAGES.flatMap((page) => relativeLinks(page).map((target) => ({ page, target })));
  assert.ok(links.length >= 5, `${links.length} links in ${PAGES.length} pages`);
  const broken = links.filter(({ page, target }) => {
    const [path = ''] = target.split('#', 1);
    return !existsSync(join(ROOT, dirname(page), decodeURIComponent(path)));
  });
  assert.deepEqual(
    broken.map(({ page, target }) => `${page}: ${target}`),
    [],
  );
});
