import assert from 'node:assert/strict';
import test from 'node:test';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { type Block, readPage } from './markdown.ts';
import { ScratchGateway } from './scratch-gateway.ts';
import { commandLines } from './shell-words.ts';

/** Whoever reads one of the others has done what this one says. */
const FIRST = 'docs/raspberry-pi.md';

interface Walked {
  readonly run: number;
  readonly compared: number;
}

/** Writes the files that a page shows and runs its commands, in the order of the page. */
async function walk(blocks: readonly Block[], gateway: ScratchGateway): Promise<Walked> {
  let run = 0;
  let compared = 0;
  let output: string | undefined;
  for (const { place, language, file, text } of blocks) {
    if (file !== undefined) await gateway.write(file, text);
    else if (language === 'sh') {
      for (const { text: line, words } of commandLines(text)) {
        output = await gateway.run(words).catch((error: unknown) => assert.fail(`${place}: ${line}\n${String(error)}`));
        if (output !== undefined) run++;
      }
    } else if (language === 'text') {
      assert.match(output?.trimEnd() ?? '', shown(text), `${place} shows something else than its command says`);
      compared++;
    }
  }
  return { run, compared };
}

/** `…` stands for what differs. */
function shown(text: string): RegExp {
  const parts = text.trimEnd().split('…');
  return new RegExp(`^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')}$`);
}

for (const [path, least] of [
  [FIRST, { run: 6, compared: 2 }],
  ['docs/trainers.md', { run: 8, compared: 2 }],
  ['docs/operators.md', { run: 20, compared: 0 }],
] as const) {
  test(`what ${path} has one type works, and shows what it says`, async () => {
    await TemporaryFolder.with(async (folder) => {
      const gateway = await ScratchGateway.in(folder);
      for (const { file, text } of readPage(FIRST).blocks) if (file !== undefined) await gateway.write(file, text);
      const walked = await walk(readPage(path).blocks, gateway);
      assert.deepEqual(gateway.damagedStores, []);
      assert.ok(walked.run >= least.run && walked.compared >= least.compared, JSON.stringify(walked));
    });
  });
}
