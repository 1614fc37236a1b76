/** A page of the documentation, as far as it can be held to something. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Block {
  /** The place, for messages: `docs/trainers.md:12`. */
  readonly place: string;
  /** `sh`, `yaml`, `text` and so on; empty where the page says nothing. */
  readonly language: string;
  /** The second word behind the fence: the file that this is the content of. */
  readonly file: string | undefined;
  readonly text: string;
}

export interface Span {
  readonly place: string;
  readonly text: string;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** What stands between backquotes outside of blocks. */
  readonly spans: readonly Span[];
  /** Targets of links, as written. */
  readonly links: readonly Span[];
}

const BLOCK = /^```(.*)\n([\s\S]*?)^```$/gm;

export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const placeAt = (index: number) => `${path}:${text.slice(0, index).split('\n').length}`;
  const blocks = [...text.matchAll(BLOCK)].map(({ index, 1: info = '', 2: content = '' }) => {
    const [language = '', file] = info.split(' ');
    return { place: placeAt(index), language, file, text: content };
  });
  // Blanked and not cut, so that places stay.
  const prose = text.replace(BLOCK, (block) => block.replaceAll(/[^\n]/g, ' '));
  const found = (pattern: RegExp) =>
    [...prose.matchAll(pattern)].map(({ index, 1: inner = '' }) => ({
      place: placeAt(index),
      text: inner.replaceAll('\n', ' '),
    }));
  return { path, text, blocks, spans: found(/`([^`]+)`/g), links: found(/\]\(([^)\s]+)\)/g) };
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf({ text }: Page): Set<string> {
  const headings = [...text.replace(BLOCK, '').matchAll(/^#+ (.+)$/gm)];
  return new Set(
    headings.map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
