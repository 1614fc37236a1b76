/**
 * One thing that is wrong with a configuration file, with its place. Problems are collected and shown
 * together, so that a person mends a file in one go and not one line at a time.
 */

export interface Problem {
  /** As the person would name the file from where the main one was named. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units, as editors do. */
  readonly column: number;
  readonly what: string;
  /** What to do about it. */
  readonly remedy: string;
  /** It may be over without anybody mending the file, as where a disk is mounted late. */
  readonly mayPass?: true;
}

/** The problem on one line, in the form that editors and terminals recognise as a place. */
export function textOf({ file, line, column, what, remedy }: Problem): string {
  return `${file}:${line}:${column}: ${what}; ${remedy}`;
}

/** By file, line and column, and each only once: one default rule is looked at for every athlete. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const distinct = new Map(problems.map((problem) => [textOf(problem), problem]));
  return [...distinct.values()].sort(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.what, b.what),
  );
}

/** By code unit, so that the order is the same in every locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
