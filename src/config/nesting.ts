/**
 * A bound on how deeply a text can nest as YAML, found without parsing it: the parser recurses, and at the end
 * of the stack it takes the whole process with it.
 */

/** The files go six levels deep. */
const NESTING_MAX = 100;

/** Indented further than this a line would be nested too deeply even at one space a level, or is no line of ours. */
const INDENT_MAX = 200;

/** Brackets are counted in texts and comments too, which errs only for files that are nothing like ours. */
export function isNestedTooDeeply(text: string): boolean {
  let open = 0;
  let indent = 0;
  let indicators = 0;
  let beginning = true;
  for (const character of text) {
    if (character === '\n') {
      [indent, indicators, beginning] = [0, 0, true];
    } else if (character === '[' || character === '{') {
      open += 1;
      beginning = false;
    } else if (character === ']' || character === '}') {
      open = Math.max(0, open - 1);
    } else if (beginning && character === ' ') {
      indent += 1;
    } else if (beginning && (character === '-' || character === '?')) {
      indicators += 1;
    } else {
      beginning = false;
    }
    // A rule of dashes is one long word; only dashes with spaces between them nest.
    if (open > NESTING_MAX || (indicators > NESTING_MAX && indent > NESTING_MAX) || indent > INDENT_MAX) return true;
  }
  return false;
}
