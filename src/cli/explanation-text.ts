/** Where each value of an athlete's rules comes from, for a person at a terminal. Ids only, and no texts about persons. */
import { basename } from 'node:path';
import { styleText } from 'node:util';
import type {
  ExplainedAthlete,
  ExplainedLayer,
  ExplainedRule,
  ExplainedValue,
  HeartNumber,
  Origin,
} from '../config/explanation.ts';

/** Longer ones put the rest of their line out of its column. */
const VALUE_MOST = 20;

interface Widths {
  readonly key: number;
  readonly value: number;
  readonly place: number;
}

/** @param path of the athletes file, as it is to be shown: whole at first, and then its name, so that columns stay narrow */
export function explanationText(path: string, athlete: ExplainedAthlete): string[] {
  const file = basename(path);
  const { id, line, team, layers, rules, off } = athlete;
  const values = rules.flatMap((rule) => rule.values);
  const widths = {
    key: widest([...values.map(({ key }) => `  ${key}`), ...off.map(({ name }) => name)]),
    value: Math.min(VALUE_MOST, widest(values.map(shown))),
    place: widest([...values, ...off].map(({ from }) => placeOf(file, from))),
  };
  return [
    `${styleText('bold', `athlete ${id}`)}${team === undefined ? '' : ` of team ${team}`}, ${path}:${line}`,
    `${layers.length === 1 ? 'rules from' : 'rules from, a later one changing what those before it say'}:`,
    `  ${layers.map(layerName).join(', ')}`,
    ...rules.flatMap((rule) => ['', ...ruleLines(file, rule, widths)]),
    ...off.flatMap(({ name, from }) => ['', row(file, styleText('bold', name), name.length, 'off', from, widths)]),
  ];
}

function ruleLines(file: string, { name, values }: ExplainedRule, widths: Widths): string[] {
  return [styleText('bold', name), ...values.flatMap((value) => valueLines(file, value, widths))];
}

function valueLines(file: string, value: ExplainedValue, widths: Widths): string[] {
  const { key, bpm, restsOn = [], from } = value;
  const line = row(file, `  ${key}`, key.length + 2, shown(value), from, widths);
  if (bpm === undefined) return [line];
  const indent = ' '.repeat(widths.key + 2);
  const numbers = restsOn.map((number) => heartText(file, number));
  return [
    line,
    ...numbers.map((text, n) => (n === 0 ? `${indent}= ${bpm} bpm, with ${text}` : `${indent}  and ${text}`)),
  ];
}

/** @param width of what is seen of the label */
function row(file: string, label: string, width: number, value: string, from: Origin, widths: Widths): string {
  const key = label + ' '.repeat(Math.max(0, widths.key - width));
  if (from.layer === 'usual') return styleText('dim', `${key}  ${value.padEnd(widths.value)}  usual`);
  const place = placeOf(file, from).padEnd(widths.place);
  return `${key}  ${value.padEnd(widths.value)}  ${place}  ${layerName(from)}`;
}

function shown({ value }: ExplainedValue): string {
  return value === undefined ? 'not shown here' : String(value);
}

function placeOf(file: string, from: Origin): string {
  return from.layer === 'usual' ? 'usual' : `${file}:${from.line}`;
}

function layerName(layer: ExplainedLayer): string {
  switch (layer.layer) {
    case 'preset':
    case 'team':
      return `${layer.layer} ${layer.name}`;
    case 'defaults':
      return 'defaults';
    case 'athlete':
      return 'own entry';
  }
}

function heartText(file: string, { name, bpm, estimated, line }: HeartNumber): string {
  const how = estimated === true ? ', estimated from the age' : name === 'max' ? ', measured' : '';
  return `${name} ${bpm}${how} (${file}:${line})`;
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}
