import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import type { NewRecord } from '../../src/domain/record.ts';
import { pack } from '../../src/outbox/packing.ts';
import { checkedOpening } from '../../src/outbox/sound-opening.ts';
import { alertOf, samplesOf } from '../contract/outbox.ts';
import { StoreFolder } from './store-folder.ts';

const UPLINK = 'primary';

function opened(path: string) {
  const options = { path, limitBytes: 1_000_000, bootId: 'boot-1', uplinks: [UPLINK] };
  const open = checkedOpening(options, (reason) => assert.fail(String(reason)))?.open;
  assert.ok(open !== undefined);
  return open;
}

for (const [what, before, taken] of [
  ['samples and an alert', samplesOf('7', 0, 5), [...samplesOf('7', 5, 12), alertOf('7', 'raised')]],
  ['alerts alone', samplesOf('7', 0, 5), [alertOf('7', 'raised'), alertOf('7', 'cleared')]],
  ['the first records of all', [], [alertOf('7', 'raised')]],
] satisfies [string, NewRecord[], NewRecord[]][]) {
  test(`numbers that were taken back are never given again, also after opening anew: ${what}`, () => {
    const folder = new StoreFolder();
    mkdirSync(dirname(folder.file));
    try {
      const open = opened(folder.file);
      if (before.length > 0) open.append(pack(before), []);
      const after = open.head;
      open.append(pack(taken), []);
      const { head } = open;
      open.takeBack({ after, through: head });
      open.close();
      const again = opened(folder.file);
      assert.equal(again.head, head);
      again.append(pack(samplesOf('8', 0, 3)), []);
      assert.deepEqual(again.backlog(UPLINK), { alerts: 0, gaps: 0, samples: before.length + 3 });
      again.close();
    } finally {
      folder.remove();
    }
  });
}
