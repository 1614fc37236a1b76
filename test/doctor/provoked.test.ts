import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findingsOf } from './findings-of.ts';
import { PROVOKED } from './provoked.ts';

for (const name of new Set(PROVOKED.map(({ check }) => check.name))) {
  describe(name, () => {
    for (const provoked of PROVOKED.filter(({ check }) => check.name === name)) {
      test(`finds ${provoked.verdict} when ${provoked.when}`, async () => {
        const [found, ...more] = await findingsOf(provoked.check, provoked);
        assert.deepEqual(more, []);
        const { evidence } = provoked;
        assert.equal(found?.verdict, provoked.verdict, found?.evidence);
        if (typeof evidence === 'string') assert.equal(found?.evidence, evidence);
        else assert.match(found?.evidence ?? '', evidence);
      });
    }
  });
}
