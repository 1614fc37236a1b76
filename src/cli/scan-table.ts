/** The live picture of a scan: one line a strap, and below it the lines for the athletes file. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { counted } from './output.ts';
import type { ScannedStrap } from './scan-list.ts';
import { addressText } from './scan-proposal.ts';
import { type AdapterState, isSilent, proposalText, signalText, stateText } from './scan-text.ts';

export interface ScanPicture {
  readonly adapters: readonly AdapterState[];
  readonly straps: readonly ScannedStrap[];
  readonly notes: readonly string[];
  /** Monotonic. */
  readonly nowMs: number;
  /** Whether there is a team to match with. */
  readonly hasTeam: boolean;
}

/** Most ids are a number or two letters; an id that is cut is nobody's. */
const ID_WIDTH = 9;
const ID_WIDTH_MAX = 26;
const NAME_WIDTH = 22;
/** Below this there is no room for a whole name. */
const WIDE_COLUMNS = 80;
const NARROW_NAME_WIDTH = 12;

/**
 * None wider than `columns`, no more than `rows`. The lines for the athletes file give way first: they are printed at
 * the end as well.
 */
export function drawScan(picture: ScanPicture, columns: number, rows: number): string[] {
  const { straps, notes } = picture;
  const layout = layoutFor(picture, columns);
  const head = [...title(picture), '', heading(layout)];
  const foot = ['', ...notes.map((note) => styleText('yellow', `  ${note}`)), styleText('dim', '  q  stop')];
  const room = Math.max(1, rows - head.length - foot.length);
  const lines = straps.map((strap) => line(strap, layout, picture.nowMs));
  const shown =
    lines.length === 0 ? [styleText('dim', NOBODY)] : fitted(lines, room, (count) => `  … and ${count} more`);
  const below = proposals(straps, room - shown.length);
  return [...head, ...shown, ...below, ...foot].slice(0, rows).map((text) => cut(text, columns));
}

const NOBODY = '  nobody yet: put a strap on, and wet its electrodes';

/** Widths with the space after each. */
interface Layout {
  /** 0 where there is no team to match with. */
  readonly who: number;
  readonly name: number;
}

function layoutFor({ straps, hasTeam }: ScanPicture, columns: number): Layout {
  const longest = Math.max(0, ...straps.map((strap) => who(strap).length));
  return {
    who: hasTeam ? Math.min(ID_WIDTH_MAX, Math.max(ID_WIDTH, longest + 1)) : 0,
    name: columns < WIDE_COLUMNS ? NARROW_NAME_WIDTH : NAME_WIDTH,
  };
}

function proposals(straps: readonly ScannedStrap[], room: number): readonly string[] {
  const texts = straps.map(proposalText).filter((text) => text !== '');
  const head = ['', styleText('dim', '  for the athletes file')];
  if (texts.length === 0 || room <= head.length) return [];
  const lines = texts.map((text) => `    ${text}`);
  return [...head, ...fitted(lines, room - head.length, (count) => `    … and ${count} more, printed at the end`)];
}

function title({ adapters, straps }: ScanPicture): string[] {
  const names = adapters.map(({ adapter }) => adapter).join(', ');
  return [
    styleText('bold', `sideline scan   ${names}   ${counted(straps.length, 'strap')}`),
    ...adapters.flatMap(({ adapter, state, reason }) => {
      if (state === 'ready') return [];
      const text = state === 'lost' ? `lost: ${reason ?? ''}` : 'is not ready yet';
      return [styleText(state === 'lost' ? 'red' : 'yellow', `  ${adapter} ${text}`)];
    }),
  ];
}

function heading({ who, name }: Layout): string {
  const first = who === 0 ? '' : cell('ATHLETE', who);
  return styleText('dim', `  ${first}${cell('ADDRESS', 19)}${cell('NAME', name)}${cell('  SIGNAL', 10)}STATE`);
}

function line(strap: ScannedStrap, layout: Layout, nowMs: number): string {
  const { athletes, strap: id, name = '' } = strap;
  const first = layout.who === 0 ? '' : cell(who(strap), layout.who);
  const signal = signalText(strap).padStart(8);
  const text = `  ${first}${cell(addressText(id), 19)}${cell(name, layout.name)}${signal}  ${stateText(strap, nowMs)}`;
  if (isSilent(strap, nowMs)) return styleText('dim', text);
  return athletes.length > 0 ? styleText('green', text) : text;
}

function who({ athletes }: ScannedStrap): string {
  return athletes.length === 0 ? '–' : athletes.join(',');
}

/** All of them, or as many as leave room for a word about the others. */
function fitted(lines: readonly string[], room: number, more: (count: number) => string): readonly string[] {
  if (lines.length <= room) return lines;
  return [...lines.slice(0, room - 1), more(lines.length - room + 1)];
}

/** Exactly so wide, its last character a space. */
function cell(text: string, width: number): string {
  const start = startOf(text, width - 1);
  return start + ' '.repeat(width - widthOf(start));
}

/** A line that is too wide loses its end and its colours, so that the terminal does not wrap it. */
function cut(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text);
  return widthOf(plain) <= columns ? text : startOf(plain, columns);
}

function startOf(text: string, width: number): string {
  let start = '';
  let left = width;
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) break;
    start += character;
  }
  return start;
}

/** Straps have names in any script: what East Asian scripts and pictures take on a terminal, nearly enough. */
function widthOf(text: string): number {
  return text.length + [...text.matchAll(/[\u1100-\u115f\u2e80-\ud7ff\uf900-\ufaff\ufe30-\uffe6]/g)].length;
}
