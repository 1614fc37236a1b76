import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { AlertEvent } from '../../../src/domain/alert.ts';
import {
  type Change,
  compare,
  FLAP_ALERTS,
  FLAP_WITHIN_MS,
  SAME_WITHIN_MS,
} from '../../../src/domain/recording/comparison.ts';

const MINUTE_MS = 60_000;

interface Told {
  readonly athlete?: string;
  readonly rule?: string;
  /** Minutes; open to the end where there is no second one. */
  readonly at: readonly [raised: number, cleared?: number];
  readonly value?: number;
  readonly more?: Partial<AlertEvent>;
}

/** The events of these alerts, by time. */
function events(...alerts: Told[]): AlertEvent[] {
  return alerts
    .flatMap(({ athlete = '7', rule = 'high', at: [raised, cleared], value = 170, more = {} }) => {
      const usual = { athlete, rule, severity: 'warning' as const, ...more };
      const begin: AlertEvent = { ...usual, event: 'raised', timeMs: raised * MINUTE_MS, value };
      if (cleared === undefined) return [begin];
      return [begin, { ...usual, event: 'cleared' as const, timeMs: cleared * MINUTE_MS, value: 100 }];
    })
    .sort((a, b) => a.timeMs - b.timeMs);
}

/** `moves 10 > 12`, in minutes. */
function brief(change: Change): string {
  const minutes = (ms: number) => String(ms / MINUTE_MS);
  switch (change.change) {
    case 'appears':
      return `appears ${minutes(change.after.raisedMs)}`;
    case 'vanishes':
      return `vanishes ${minutes(change.before.raisedMs)}`;
    case 'moves':
      return `moves ${minutes(change.before.raisedMs)} > ${minutes(change.after.raisedMs)}: ${change.differs.join()}`;
  }
}

const CASES: readonly [title: string, before: Told[], after: Told[], changes: string[], unchanged: number][] = [
  ['nothing on either side', [], [], [], 0],
  ['the same alert', [{ at: [10, 12] }], [{ at: [10, 12] }], [], 1],
  ['the same one, open at the end', [{ at: [10] }], [{ at: [10] }], [], 1],
  ['one more', [{ at: [10, 12] }], [{ at: [10, 12] }, { at: [30, 31] }], ['appears 30'], 1],
  ['one less', [{ at: [10, 12] }, { at: [30, 31] }], [{ at: [30, 31] }], ['vanishes 10'], 1],
  ['a minute later', [{ at: [10, 12] }], [{ at: [11, 12] }], ['moves 10 > 11: raised'], 0],
  ['earlier', [{ at: [10, 12] }], [{ at: [9, 12] }], ['moves 10 > 9: raised'], 0],
  ['another value', [{ at: [10, 12] }], [{ at: [10, 12], value: 171 }], ['moves 10 > 10: value'], 0],
  ['another end', [{ at: [10, 12] }], [{ at: [10, 13] }], ['moves 10 > 10: cleared'], 0],
  ['no end', [{ at: [10, 12] }], [{ at: [10] }], ['moves 10 > 10: cleared'], 0],
  ['graver', [{ at: [10, 12] }], [{ at: [10, 12], more: { severity: 'critical' } }], ['moves 10 > 10: severity'], 0],
  ['on trial', [{ at: [10, 12] }], [{ at: [10, 12], more: { shadow: true } }], ['moves 10 > 10: shadow'], 0],
  ['just near enough', [{ at: [10, 11] }], [{ at: [15, 16] }], ['moves 10 > 15: raised,cleared'], 0],
  ['too far', [{ at: [10, 11] }], [{ at: [15.1, 16] }], ['vanishes 10', 'appears 15.1'], 0],
  ['far, but open meanwhile', [{ at: [10, 60] }], [{ at: [40, 60] }], ['moves 10 > 40: raised'], 0],
  ['over as the other one begins', [{ at: [10, 40] }], [{ at: [40, 41] }], ['vanishes 10', 'appears 40'], 0],
  ['a nearer one follows', [{ at: [10, 11] }, { at: [13, 14] }], [{ at: [13, 14] }], ['vanishes 10'], 1],
  [
    'the first of those as near',
    [{ at: [10, 11] }, { at: [14, 15] }],
    [{ at: [12, 15] }],
    ['moves 10 > 12: raised,cleared', 'vanishes 14'],
    0,
  ],
  [
    'one becomes several',
    [{ at: [10, 20] }],
    [{ at: [10, 11] }, { at: [12, 13] }],
    ['moves 10 > 10: cleared', 'appears 12'],
    0,
  ],
  ['another rule', [{ at: [10, 12] }], [{ at: [10, 12], rule: 'higher' }], ['vanishes 10', 'appears 10'], 0],
  ['another athlete', [{ at: [10, 12] }], [{ at: [10, 12], athlete: '8' }], ['vanishes 10', 'appears 10'], 0],
];

test('alerts of two rehearsals are the same, or appear, vanish or move', () => {
  assert.equal(SAME_WITHIN_MS, 5 * MINUTE_MS);
  for (const [title, before, after, changes, unchanged] of CASES) {
    const found = compare(events(...before), events(...after));
    assert.deepEqual([found.changes.map(brief), found.unchanged], [changes, unchanged], title);
  }
});

const OPPOSITE = { appears: 'vanishes', vanishes: 'appears', moves: 'moves' } as const;

test('which side is which makes no difference but for the words', () => {
  const alerts = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 })), { maxLength: 12 })
    .map((steps) => {
      let minute = 0;
      return steps.map(([pause, length]): Told => {
        const begin = minute + pause;
        minute = begin + length;
        return { at: [begin, minute] };
      });
    });
  fc.assert(
    fc.property(alerts, alerts, (one, other) => {
      const there = compare(events(...one), events(...other));
      const back = compare(events(...other), events(...one));
      const ends = (change: Change) => [
        change.change,
        'before' in change ? change.before.raisedMs : undefined,
        'after' in change ? change.after.raisedMs : undefined,
      ];
      const turned = back.changes.map((change) => {
        const [name, before, after] = ends(change);
        return [OPPOSITE[name as Change['change']], after, before];
      });
      const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
      assert.deepEqual(there.changes.map(ends).sort(byText), turned.sort(byText));
      assert.equal(there.unchanged, back.unchanged);
      const count = (name: Change['change']) => there.changes.filter(({ change }) => change === name).length;
      assert.equal(there.unchanged + count('moves') + count('vanishes'), one.length, 'each is told once');
      assert.equal(there.unchanged + count('moves') + count('appears'), other.length, 'each is told once');
    }),
  );
});

test('an escalated alert is as grave as it has been', () => {
  const [raised, cleared] = events({ at: [10, 12] }) as [AlertEvent, AlertEvent];
  const graver: AlertEvent = { ...raised, event: 'escalated', timeMs: 11 * MINUTE_MS, severity: 'critical' };
  const { changes } = compare([raised, cleared], [raised, graver, { ...cleared, severity: 'critical' }]);
  assert.deepEqual(changes.map(brief), ['moves 10 > 10: severity']);
});

test('changes are told by time, whoever they are of', () => {
  const after = events({ at: [30, 31], athlete: '1' }, { at: [10, 11], athlete: '9' }, { at: [20, 21], athlete: '5' });
  assert.deepEqual(compare([], after).changes.map(brief), ['appears 10', 'appears 20', 'appears 30']);
});

test('a rule flaps when it raises more than three alerts within ten minutes', () => {
  assert.deepEqual([FLAP_ALERTS, FLAP_WITHIN_MS], [3, 10 * MINUTE_MS]);
  const raisedAt = (...minutes: number[]) => events(...minutes.map((at): Told => ({ at: [at, at + 0.5] })));
  const cases: [before: number[], after: number[], most: [number, number] | undefined][] = [
    [[], [1, 2, 3], undefined],
    [[], [1, 4, 7, 11], [0, 4]],
    [[], [1, 4, 7, 11.01], undefined],
    [[1, 2, 3, 4, 5], [], [5, 0]],
    [
      [1, 2],
      [1, 2, 3, 4, 20, 21, 22, 23, 24, 25],
      [2, 6],
    ],
  ];
  for (const [before, after, most] of cases) {
    const { flapping } = compare(raisedAt(...before), raisedAt(...after));
    const wanted = most === undefined ? [] : [{ athlete: '7', rule: 'high', before: most[0], after: most[1] }];
    assert.deepEqual(flapping, wanted, `${before} and ${after}`);
  }
  const twoRules = events(
    ...[1, 2].flatMap((at): Told[] => [{ at: [at, at + 0.5] }, { at: [at, at + 0.5], rule: 'low' }]),
  );
  assert.deepEqual(compare([], twoRules).flapping, [], 'each rule for itself');
});
