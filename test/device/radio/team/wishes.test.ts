import assert from 'node:assert/strict';
import test from 'node:test';
import { SCHEDULER_TIMING } from '../../../../device/radio/team/scheduling.ts';
import type { StrapMatch } from '../../../../src/domain/athlete.ts';
import { address, begun, byAddress, type Script } from './script.ts';

const [A, B, C] = [address(1), address(2), address(3)];
const { steadyMs } = SCHEDULER_TIMING;
const POLAR = 'Polar H10 1234ABCD';

function wish(script: Script, matches: Readonly<Record<string, StrapMatch>>) {
  const wishes = Object.entries(matches).map(([athlete, match]) => ({ athlete, match }));
  return script.tell({ type: 'wish', wishes });
}

const linksOf = (effects: ReturnType<Script['tell']>) =>
  effects.flatMap((effect) => (effect.type === 'link' ? [`${effect.athlete} ${effect.state}`] : []));

/** Athletes 1 and 2, both linked for long. */
function linked(): Script {
  const script = begun(...byAddress(1, 2));
  script.subscribe('hci0', A);
  script.subscribe('hci0', B);
  script.pass(steadyMs);
  return script;
}

test('a wish that was there before keeps its link, wherever it stands in the file', () => {
  const script = linked();
  assert.deepEqual(wish(script, { '2': { address: B }, '1': { address: A } }), []);
  assert.deepEqual([script.scheduler.athleteOf(A), script.scheduler.athleteOf(B)], ['1', '2']);
});

test('the link of an athlete who has left ends, and nothing more is told of them', () => {
  const script = linked();
  const effects = wish(script, { '2': { address: B } });
  assert.deepEqual(linksOf(effects), ['1 lost']);
  assert.deepEqual(
    script.all('release').map(({ strap }) => strap),
    [A],
  );
  assert.equal(script.scheduler.athleteOf(A), undefined);
  const told = script.all('link').length;
  script.end('hci0', A, 0x16);
  script.hear('hci0', A);
  script.pass(60_000);
  assert.equal(script.all('link').length, told);
  assert.deepEqual(script.states('2'), ['connecting', 'subscribed']);
});

test('a connect for somebody who has left is not seen through', () => {
  const script = begun(...byAddress(1));
  script.hear('hci0', A);
  script.pass(300);
  assert.deepEqual(linksOf(wish(script, {})), ['1 failed']);
  script.link('hci0', A, 'connected');
  script.link('hci0', A, 'subscribed');
  assert.deepEqual(script.states('1'), ['connecting', 'failed']);
  assert.equal(script.scheduler.athleteOf(A), undefined);
});

test('who comes is linked, and listened for', () => {
  const script = linked();
  const effects = wish(script, { '1': { address: A }, '2': { address: B }, '3': { address: C } });
  const [listening] = effects.filter((effect) => effect.type === 'listen');
  assert.deepEqual([listening?.scan, listening?.addresses], [true, [A, B, C]]);
  script.subscribe('hci0', C);
  assert.deepEqual(script.states('3'), ['connecting', 'subscribed']);
});

test('who comes with a strap that was a stranger’s until then is linked at its next sighting', () => {
  const script = begun(...byAddress(1));
  script.hear('hci0', B, { name: POLAR });
  wish(script, { '1': { address: A }, '2': { name: POLAR } });
  script.hear('hci0', B, { name: POLAR });
  script.pass(300);
  assert.deepEqual(script.connects, ['02 over hci0']);
});

test('another strap takes the place of an athlete’s own', () => {
  const script = linked();
  const effects = wish(script, { '1': { address: C }, '2': { address: B } });
  assert.deepEqual(linksOf(effects), ['1 lost']);
  script.end('hci0', A, 0x16);
  script.subscribe('hci0', C);
  assert.deepEqual(script.states('1'), ['connecting', 'subscribed', 'lost', 'connecting', 'subscribed']);
  assert.deepEqual([script.scheduler.athleteOf(A), script.scheduler.athleteOf(C)], [undefined, '1']);
});

test('a strap that goes from one athlete to another takes its link with it', () => {
  const script = linked();
  const effects = wish(script, { '2': { address: B }, '3': { address: A } });
  assert.deepEqual(linksOf(effects), ['1 lost', '3 connecting', '3 subscribed']);
  assert.equal(script.all('release').length, 0);
  assert.equal(script.scheduler.athleteOf(A, 'hci0'), '3');
});

test('a strap to which a new wish has the better claim goes to it at once, link and all', () => {
  const script = begun({ name: POLAR });
  script.subscribe('hci0', A, { name: POLAR });
  const effects = wish(script, { '1': { name: POLAR }, '2': { address: A } });
  assert.deepEqual(linksOf(effects), ['1 lost', '2 connecting', '2 subscribed']);
  assert.equal(script.scheduler.athleteOf(A, 'hci0'), '2');
  // One that has no better claim changes nothing.
  assert.deepEqual(linksOf(wish(script, { '1': { name: POLAR }, '2': { address: A }, '3': { name: POLAR } })), []);
});

test('two athletes may exchange their straps: both ends are told before both beginnings', () => {
  const script = linked();
  const effects = wish(script, { '1': { address: B }, '2': { address: A } });
  const told = linksOf(effects);
  assert.deepEqual(told.slice(0, 2), ['1 lost', '2 lost']);
  assert.deepEqual(told.slice(2).sort(), ['1 connecting', '1 subscribed', '2 connecting', '2 subscribed']);
  assert.deepEqual([script.scheduler.athleteOf(A), script.scheduler.athleteOf(B)], ['2', '1']);
  assert.equal(script.all('release').length, 0);
});

test('the same strap under another kind of match keeps its link', () => {
  const script = begun({ name: POLAR });
  script.subscribe('hci0', A, { name: POLAR });
  const effects = wish(script, { '1': { address: A } });
  assert.deepEqual(linksOf(effects), ['1 lost', '1 connecting', '1 subscribed']);
  assert.equal(script.all('release').length, 0);
});

test('a strap that is on its way to its end is linked anew for whose it is now', () => {
  const script = linked();
  wish(script, { '2': { address: B } });
  wish(script, { '1': { address: A }, '2': { address: B } });
  script.hear('hci0', A);
  script.pass(1_000);
  assert.deepEqual(script.connects.length, 2, 'not before it has ended');
  script.end('hci0', A, 0x16);
  script.pass(1_000);
  script.subscribe('hci0', A);
  assert.deepEqual(script.states('1'), ['connecting', 'subscribed', 'lost', 'connecting', 'subscribed']);
});

test('strangers are asked as soon as ever after a long link of somebody who has left', () => {
  const script = begun({ address: A }, { serial: 'S2' });
  script.subscribe('hci0', A);
  script.pass(3_600_000);
  wish(script, { '2': { serial: 'S2' } });
  script.end('hci0', A, 0x16);
  script.pass(5_000);
  script.hear('hci0', C);
  script.pass(1_000);
  assert.equal(script.connects.at(-1), '03 over hci0');
});
