import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertEvent } from '../../src/domain/alert.ts';
import { calls, type ResponseChoice } from '../../src/domain/response-choice.ts';

const SIREN: ResponseChoice = { name: 'siren', severity: 'critical', events: ['raised', 'escalated', 'cleared'] };

const raised = (more: Partial<AlertEvent> = {}): AlertEvent => ({
  athlete: '7',
  rule: 'high',
  event: 'raised',
  timeMs: 0,
  ...more,
});

test('an alert calls the responses that its severity reaches', () => {
  assert.ok(calls(raised({ severity: 'critical' }), SIREN));
  assert.ok(!calls(raised({ severity: 'warning' }), SIREN));
  assert.ok(calls(raised({ severity: 'critical' }), { ...SIREN, severity: 'notice' }));
});

test('an alert that says no severity is a warning', () => {
  assert.ok(calls(raised(), { ...SIREN, severity: 'warning' }));
  assert.ok(!calls(raised(), SIREN));
});

test('a rule that names responses has those and no others, whatever its severity', () => {
  assert.ok(calls(raised({ severity: 'notice', responses: ['office', 'siren'] }), SIREN));
  assert.ok(!calls(raised({ severity: 'critical', responses: ['office'] }), SIREN));
  assert.ok(!calls(raised({ severity: 'critical', responses: [] }), SIREN));
});

test('only the events that a response is for call it', () => {
  assert.ok(!calls(raised({ event: 'acknowledged', severity: 'critical', responses: ['siren'] }), SIREN));
});

test('a rule on trial calls nobody, though it names them', () => {
  assert.ok(!calls(raised({ severity: 'critical', shadow: true, responses: ['siren'] }), SIREN));
});

test('a snoozed alert is quiet, but for that it is snoozed, graver or over', () => {
  const all: ResponseChoice = { ...SIREN, events: ['raised', 'escalated', 'acknowledged', 'snoozed', 'cleared'] };
  const heard = all.events.filter((event) => calls(raised({ event, severity: 'critical', snoozedForMs: 60_000 }), all));
  assert.deepEqual(heard, ['escalated', 'snoozed', 'cleared']);
});
