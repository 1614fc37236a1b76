/**
 * The journal of the units without what it quotes. Lines of the gateway's log are JSON, and have no text of the files; what
 * else is written there, as by an older version or by a command that somebody has put into a unit, may quote the athletes
 * file, and so a name. Pure.
 */

const GAP = '…';

/** As `journalctl --output=short-iso --no-hostname` writes it: `2026-11-27T21:00:00+0000 sideline[812]: `. */
const HEAD = /^\S+ [^\s:]+: /;

/** A problem of a file: where, and behind it what, in words that are partly the file's. */
const PLACE = /^(.*?:\d+:\d+: )./;

export function withoutQuotations(journal: string): string {
  return journal.split('\n').map(withoutQuotation).join('\n');
}

function withoutQuotation(line: string): string {
  const head = HEAD.exec(line)?.[0] ?? '';
  const message = line.slice(head.length);
  if (isJson(message)) return line;
  const place = PLACE.exec(message)?.[1];
  // A text that is cut off has no quote at its end.
  return head + (place === undefined ? message.replace(/"[^"]*("|$)/g, `"${GAP}"`) : place + GAP);
}

function isJson(text: string): boolean {
  if (!text.startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
