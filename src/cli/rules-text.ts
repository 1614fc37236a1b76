/**
 * The effective rules of a team, for a person at a terminal: athletes who are held against the same rules stand together,
 * and what is usual is left out. Ids only, since people send this to others when they want help.
 */
import { styleText } from 'node:util';
import type { ExplainedAthlete, ExplainedRule, ExplainedValue } from '../config/explanation.ts';
import { counted } from './output.ts';
import { wrapped } from './wrapped.ts';

/** Names may have 64 characters; the longest ones put the rest of their line out of its column. */
const NAME_MOST = 24;

/** On a narrow terminal the values are wrapped at this all the same. */
const VALUES_LEAST = 30;

/** Follows a heart rate that rests on a maximum that was not measured. */
const ESTIMATED = ' estimated';

/** A line of its own between what stands in columns, and around it. */
export function rulesText(athletes: readonly ExplainedAthlete[], columns: number): string[] {
  const groups = new Map<string, [ExplainedAthlete, ...ExplainedAthlete[]]>();
  for (const athlete of athletes) {
    const key = likeness(athlete);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [athlete]);
    else group.push(athlete);
  }
  return [...groups.values()].flatMap((group) => ['', ...groupLines(group, columns)]).concat('');
}

/** The same for athletes whose rules say the same, although a part of the maximum is another heart rate for each. */
function likeness({ team, rules, off }: ExplainedAthlete): string {
  const said = rules.map(({ name, values }) => [name, ...values.map(({ key, value }) => [key, value])]);
  return JSON.stringify([team, said, off.map(({ name }) => name)]);
}

function groupLines(group: readonly [ExplainedAthlete, ...ExplainedAthlete[]], columns: number): string[] {
  const [first] = group;
  const ids = group.map(({ id }) => id);
  const whose = first.team === undefined ? '' : ` of team ${first.team}`;
  const who = ids.length === 1 ? `athlete ${ids.join()}${whose}` : `${counted(ids.length, 'athlete')}${whose}: `;
  const [idLine = '', ...more] = ids.length === 1 ? [] : wrapped(ids, columns - who.length);
  const names = [...first.rules, ...first.off].map(({ name }) => name);
  const nameWidth = Math.min(NAME_MOST, Math.max(...names.map((name) => name.length))) + 2;
  const kindWidth = Math.max(3, ...first.rules.map(({ kind }) => kind.length)) + 2;
  const before = 2 + nameWidth + kindWidth;
  const indent = ' '.repeat(before);
  return [
    styleText('bold', who) + idLine,
    ...more.map((line) => ' '.repeat(who.length) + line),
    ...first.rules.flatMap((rule, at) => {
      const lines = ruleLines(rule, group, at, Math.max(VALUES_LEAST, columns - before));
      const head = `  ${rule.name.padEnd(nameWidth)}${rule.kind.padEnd(kindWidth)}`;
      return lines.map((line, n) => (n === 0 ? head : indent) + line);
    }),
    ...first.off.map(({ name }) => styleText('dim', `  ${name.padEnd(nameWidth)}off`)),
  ];
}

/** What was written of one rule of the group, then what its parts come to if that is not the same for all of them. */
function ruleLines(rule: ExplainedRule, group: readonly ExplainedAthlete[], at: number, width: number): string[] {
  const apart: string[] = [];
  const items = rule.values.flatMap((value): string[] => {
    const { key, from } = value;
    if (key === 'kind' || from.layer === 'usual' || value.value === undefined) return [];
    const results = group.map(({ id, rules }) => ({
      id,
      result: resultOf(rules[at]?.values.find((other) => other.key === key)),
    }));
    const [first] = results;
    if (first === undefined || first.result === '') return worded(key, value.value);
    if (results.every(({ result }) => result === first.result)) return [`${key} ${value.value} (${first.result})`];
    apart.push(...resultLines(key, results, width));
    return [`${key} ${value.value}`];
  });
  return [...wrapped(items, width), ...apart];
}

function worded(key: string, value: string | number | boolean): string[] {
  if (key === 'severity') return [String(value)];
  if (key === 'shadow') return value === true ? ['on trial'] : [];
  return [`${key} ${value}`];
}

interface Result {
  readonly id: string;
  readonly result: string;
}

/** `above for 4: 170, 6: 153 estimated`; said once if it is so for all. */
function resultLines(key: string, results: readonly Result[], width: number): string[] {
  const areEstimated = results.every(({ result }) => result.endsWith(ESTIMATED));
  const head = areEstimated ? `${key},${ESTIMATED}, for ` : `${key} for `;
  const items = results.map(({ id, result }) => `${id}: ${areEstimated ? result.slice(0, -ESTIMATED.length) : result}`);
  return wrapped(items, width - head.length).map((line, n) => (n === 0 ? head : ' '.repeat(head.length)) + line);
}

/** `166.6`, `153 estimated`; nothing where the value is no part of anything. */
function resultOf(value: ExplainedValue | undefined): string {
  if (value?.bpm === undefined) return '';
  const isEstimated = value.restsOn?.some(({ estimated }) => estimated === true) === true;
  return isEstimated ? `${value.bpm}${ESTIMATED}` : String(value.bpm);
}
