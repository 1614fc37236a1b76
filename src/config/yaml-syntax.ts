/** What YAML's own errors mean to a person who edits a file. None repeats the file's text, which may be a secret. */
import type { YAMLError } from 'yaml';

interface Meaning {
  readonly what: string;
  readonly remedy: string;
  /** Whether the rest of the file can no longer be trusted to mean what it seems to. */
  readonly fatal: boolean;
}

/** A key that may be shown; anything else could be a secret with a space forgotten before it. */
export const SHOWABLE_KEY = /^[A-Za-z0-9._-]{1,64}$/;

export function syntaxProblem(error: YAMLError, text: string): Meaning {
  switch (error.code) {
    case 'DUPLICATE_KEY': {
      const key = /^["']?([A-Za-z0-9._-]{1,64})["']?\s*:/.exec(text.slice(error.pos[0]))?.[1];
      const named = key === undefined ? 'this key' : `key "${key}"`;
      return { what: `${named} is given twice`, remedy: 'keep one of the two', fatal: false };
    }
    case 'MULTIPLE_DOCS':
      return fatal('a second document begins here', 'keep one document in the file, without "---" in between');
    case 'TAB_AS_INDENT':
      return fatal('a tab indents this line', 'indent with spaces');
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return fatal(
        'a key stands where a value is expected',
        'check the indentation, and quote a value that holds ": "',
      );
    case 'BAD_INDENT':
      if (error.message.startsWith('Flow')) return fatal('a bracket above is not closed before here', 'close it');
      return fatal(
        'the indentation does not fit the lines above',
        'indent keys of one map by the same number of spaces',
      );
    case 'BAD_SCALAR_START':
      return fatal('a value cannot begin with this character', 'write the value in quotes');
    case 'NON_STRING_KEY':
      return fatal('a key must be a text', 'write a name before the ":"');
    case 'TAG_RESOLVE_FAILED':
      return fatal('this tag is not known', 'remove the "!" and its name, or write the value in quotes');
    case 'BAD_ALIAS':
      return fatal('this alias has no anchor before it', 'write the value in quotes if it begins with "*" or "&"');
    case 'RESOURCE_EXHAUSTION':
      return fatal('the file is nested too deeply', 'check that this is the right file');
    default:
      return fatal(`not valid YAML: ${withoutSource(error.message)}`, 'check quotes, brackets and indentation here');
  }
}

function fatal(what: string, remedy: string): Meaning {
  return { what, remedy, fatal: true };
}

/** The parser's messages quote the file after a colon, if they do. */
function withoutSource(message: string): string {
  const [statement = message] = message.split(/[:\n]/, 1);
  return statement.charAt(0).toLowerCase() + statement.slice(1);
}
