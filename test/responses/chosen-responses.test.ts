import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { ResponseChoice } from '../../src/domain/response-choice.ts';
import type { Responder } from '../../src/ports.ts';
import { type ChosenResponse, ChosenResponses } from '../../src/responses/chosen-responses.ts';
import { alertOf, Heard } from './heard.ts';

class Kept implements Responder {
  readonly alerts: AlertEvent[] = [];
  readonly told: string[] = [];

  start(): void {
    this.told.push('start');
  }

  respond(alert: AlertEvent): void {
    this.alerts.push(alert);
  }

  async stop(): Promise<void> {
    this.told.push('stop');
  }
}

class Broken implements Responder {
  respond(): void {
    throw new Error('a fault');
  }
}

const choiceOf = (name: string, more: Partial<ResponseChoice> = {}): ResponseChoice => ({
  name,
  severity: 'warning',
  events: ['raised', 'cleared'],
  ...more,
});

function responsesOf(...chosen: ChosenResponse[]) {
  const always = new Kept();
  const telemetry = new Heard();
  return { always, telemetry, responses: new ChosenResponses({ always, chosen, telemetry }) };
}

test('every alert is in the log, and each response is called by those that are for it', () => {
  const [board, siren] = [new Kept(), new Kept()];
  const { always, responses } = responsesOf(
    { choice: choiceOf('board', { severity: 'notice' }), responder: board },
    { choice: choiceOf('siren', { severity: 'critical' }), responder: siren },
  );
  const all = [
    alertOf('1', { severity: 'notice' }),
    alertOf('2', { severity: 'critical' }),
    alertOf('3', { severity: 'critical', event: 'acknowledged' }),
    alertOf('4', { severity: 'notice', responses: ['siren'] }),
  ];
  for (const alert of all) responses.respond(alert);
  const athletes = ({ alerts }: Kept) => alerts.map(({ athlete }) => athlete);
  assert.deepEqual(athletes(always), ['1', '2', '3', '4']);
  assert.deepEqual(athletes(board), ['1', '2']);
  assert.deepEqual(athletes(siren), ['2', '4']);
});

test('one that throws keeps no other from being called, and is told without a word of the alert but its ids', () => {
  const last = new Kept();
  const { always, responses, telemetry } = responsesOf(
    { choice: choiceOf('broken'), responder: new Broken() },
    { choice: choiceOf('last'), responder: last },
  );
  responses.respond(alertOf('7'));
  assert.deepEqual([always.alerts.length, last.alerts.length], [1, 1]);
  assert.deepEqual(telemetry.events, [
    { event: 'response.failed', response: 'broken', athlete: '7', rule: 'high-average', reason: 'a fault' },
  ]);
});

test('those with work of their own are started and stopped, and the others are not asked to', async () => {
  const board = new Kept();
  const { responses } = responsesOf(
    { choice: choiceOf('board'), responder: board },
    { choice: choiceOf('plain'), responder: { respond: () => {} } },
  );
  responses.start();
  await responses.stop();
  assert.deepEqual(board.told, ['start', 'stop']);
});
