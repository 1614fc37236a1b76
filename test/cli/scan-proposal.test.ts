import assert from 'node:assert/strict';
import test from 'node:test';
import { addressText, proposalFor } from '../../src/cli/scan-proposal.ts';
import { referenceTo } from '../../src/config/environment.ts';
import { loadTeam } from '../../src/config/load.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const public_ = { strap: 'a09e1a000007', addressType: 'public' } as const;
const random = (strap: string) => ({ strap, addressType: 'random' }) as const;

const RULES = 'defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }';

test('a strap that keeps its address is proposed by it, public or static', () => {
  const line = '- { id: "…", strap: { address: "a0:9e:1a:00:00:07" } }';
  assert.deepEqual(proposalFor({ ...public_, name: 'Polar H10 1234ABCD' }), { line });
  for (const strap of ['c09e1a000001', 'ff9e1a000001']) {
    const { line: proposed, remark } = proposalFor({ ...random(strap), name: 'Polar H10 1234ABCD' });
    assert.deepEqual([proposed, remark], [`- { id: "…", strap: { address: "${addressText(strap)}" } }`, undefined]);
  }
});

test('an address that changes is never proposed: its strap’s name is, with a word where others may have it', () => {
  // Resolvable private, non-resolvable private, and the bits that are reserved.
  for (const strap of ['409e1a000001', '7f9e1a000001', '009e1a000001', '3f9e1a000001', '809e1a000001']) {
    assert.deepEqual(proposalFor({ ...random(strap), name: 'Polar Verity 0000AB05' }), {
      line: '- { id: "…", strap: { name: "Polar Verity 0000AB05" } }',
    });
    const { line, remark } = proposalFor({ ...random(strap), name: 'Galaxy Watch' });
    assert.equal(line, '- { id: "…", strap: { name: "Galaxy Watch" } }');
    assert.match(remark ?? '', /others may have this name/);
    const nameless = proposalFor(random(strap));
    assert.equal(nameless.line, undefined);
    assert.match(nameless.remark ?? '', /serial number/);
  }
});

test('a proposed line is good in an athletes file, and means that strap, whatever its name holds', async () => {
  const names = [
    'Polar H10 1234ABCD',
    'a "quoted" \\ name',
    `costs ${referenceTo('HOME')} and $${referenceTo('more')}`,
    "it's: { yaml } # or not",
    '心率带',
  ];
  await TemporaryFolder.with(async (folder) => {
    const lines = [proposalFor(public_), ...names.map((name) => proposalFor({ ...random('5a9e1a000004'), name }))].map(
      ({ line = '', remark }, index) => {
        const filled = line.replace('"…"', `"${index}"`);
        return `  ${filled}${remark === undefined ? '' : ` # ${remark}`}`;
      },
    );
    const file = await folder.file('athletes.yaml', [RULES, 'athletes:', ...lines, ''].join('\n'));
    const loaded = loadTeam(file, {});
    assert.ok(loaded.ok, JSON.stringify(loaded));
    assert.deepEqual(
      loaded.value.map(({ strap }) => strap),
      [{ address: 'a09e1a000007' }, ...names.map((name) => ({ name }))],
    );
  });
});
