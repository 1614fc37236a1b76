import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { strapIdentities } from '../../simulator/identity.ts';
import type { StrapMatch } from '../../src/domain/athlete.ts';

/** Matches of which most name what would have been invented. */
const match: fc.Arbitrary<StrapMatch> = fc.oneof(
  fc.nat(12).map((n) => ({ address: `a09e1b${n.toString(16).padStart(6, '0')}` })),
  fc.nat(12).map((n) => ({ name: `Simulated 1B${n.toString(16).padStart(6, '0').toUpperCase()}` })),
  fc.nat(12).map((n) => ({ serial: `SIMA09E1B${n.toString(16).padStart(6, '0').toUpperCase()}` })),
);

test('each match fits its own strap and no other, whatever the matches name', () => {
  const matches = fc.uniqueArray(match, { selector: (one) => Object.values(one).join(), maxLength: 20 });
  fc.assert(
    fc.property(matches, (all) => {
      const straps = strapIdentities(all);
      assert.equal(new Set(straps.map(({ id }) => id)).size, all.length, 'no two straps have one address');
      for (const [index, one] of all.entries()) {
        const fitting = straps.flatMap(({ id, name, serial }, place) => {
          const fits =
            'address' in one ? one.address === id : 'name' in one ? one.name === name : one.serial === serial;
          return fits ? [place] : [];
        });
        assert.deepEqual(fitting, [index]);
      }
    }),
  );
});

test('what nobody names is as the place in the list has it', () => {
  assert.deepEqual(strapIdentities([{ address: 'a09e1a000001' }, { name: 'Chest' }]), [
    { id: 'a09e1a000001', name: 'Simulated 1A000001', serial: 'SIMA09E1A000001' },
    { id: 'a09e1b000002', name: 'Chest', serial: 'SIMA09E1B000002' },
  ]);
});
