import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { before, describe } from 'node:test';
import { bashCompletion } from '../../deploy/package/completion.ts';
import { allCommands, type CommandHelp, flagOf, readHelp } from '../../deploy/package/help.ts';
import { manPage } from '../../deploy/package/man-page.ts';
import { sideline } from '../fixtures/sideline-process.ts';

const TEMPLATE = join(import.meta.dirname, '..', '..', 'deploy', 'debian', 'completion.bash');

describe('of the program’s own help', () => {
  let help: CommandHelp;
  before(async () => {
    help = await helpOf([]);
  });

  test('every command and every option is read', async () => {
    const names = allCommands(help).map(({ path }) => path.join(' '));
    for (const name of ['run', 'simulate', 'check', 'status', 'store export']) assert.ok(names.includes(name), name);
    for (const command of [help, ...allCommands(help)]) {
      const { stdout } = await sideline(...command.path, '--help');
      const flags = new Set(
        (stdout.match(/^ {2}(?:-\w, )?--[\w-]+/gm) ?? []).map((line) => line.replace(/^.*--/, '--')),
      );
      assert.deepEqual(command.options.map(flagOf), [...flags]);
      for (const { term, meaning } of command.options) assert.notEqual(meaning, '', term);
    }
  });

  test('the man page has every command and every option, and no line that groff would take for a macro', () => {
    const page = manPage(help, { version: '0.1.0', date: '2026-11-27' });
    for (const command of allCommands(help)) {
      assert.ok(page.includes(`.SS "${command.usage.replaceAll('-', '\\-')}"`), command.usage);
      for (const { term } of command.options.filter((option) => !option.term.includes('--help'))) {
        assert.ok(page.includes(`.B ${term.replaceAll('-', '\\-').replaceAll('"', '\\(dq')}\n`), term);
      }
    }
    assert.ok(
      page.split('\n').every((line) => !/^\.(?![A-Z])/.test(line)),
      'a point at the start of a line is a macro',
    );
  });

  test('bash completes commands, their commands, and their options', () => {
    const complete = (...words: string[]) => completed(help, words);
    assert.deepEqual(complete('sideline', 'sim'), ['simulate']);
    assert.deepEqual(complete('sideline', 'store', 'ex'), ['export']);
    assert.deepEqual(complete('sideline', 'store', 'export', '--form'), ['--format']);
    assert.deepEqual(complete('sideline', 'check', '--json', '--ex'), ['--explain']);
    // After an option with a file it is the shell that completes names of files.
    assert.deepEqual(complete('sideline', 'check', '--config', 'g'), []);
  });

  test('a help of another form is an error and not an empty page', () => {
    assert.throws(() => readHelp(() => 'something else\n'), /has no line of usage/);
  });
});

/** The help through the compiled program, asked for all commands before it is read. */
async function helpOf(path: readonly string[]): Promise<CommandHelp> {
  const texts = new Map<string, string>();
  for (;;) {
    let unknown: readonly string[] | undefined;
    const help = readHelp((asked) => {
      const text = texts.get(asked.join(' '));
      if (text === undefined) unknown ??= asked;
      return text ?? 'Usage: to be asked\n';
    }, path);
    if (unknown === undefined) return help;
    texts.set(unknown.join(' '), (await sideline(...unknown, '--help')).stdout);
  }
}

function completed(help: CommandHelp, words: readonly string[]): string[] {
  const script = `${bashCompletion(readFileSync(TEMPLATE, 'utf8'), help)}
    compopt() { :; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sideline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}
