/** Is it a Node.js that this program runs with? The package brings its own. */
import type { Check, Judgement, ProgramFacts } from '../finding.ts';

export const nodeCheck: Check = {
  name: 'machine-node',
  run: async ({ program }) => [nodeVerdict(program)],
};

function nodeVerdict({ node, nodeRange }: Pick<ProgramFacts, 'node' | 'nodeRange'>): Judgement {
  const [, atLeast = '0'] = /^>=\s*([\d.]+)$/.exec(nodeRange) ?? [];
  if (!isAtLeast(numbersIn(node), numbersIn(atLeast))) {
    return {
      verdict: 'failed',
      evidence: `Node.js ${node} is too old: this program needs ${nodeRange}`,
      remedy: 'install the Debian package of sideline, which brings its own Node.js, or a newer Node.js',
    };
  }
  return { verdict: 'ok', evidence: `Node.js ${node}` };
}

function numbersIn(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  const index = least.findIndex((number, place) => number !== (version[place] ?? 0));
  return index === -1 || (version[index] ?? 0) > (least[index] ?? 0);
}
