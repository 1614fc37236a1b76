import assert from 'node:assert/strict';
import test from 'node:test';
import { WaitingAlerts } from '../../src/responses/waiting-alerts.ts';
import { alertOf, Heard } from './heard.ts';

function waiting(most: number) {
  const heard = new Heard();
  const alerts = new WaitingAlerts({ response: 'siren', most, telemetry: heard });
  const dropped = () => heard.of('response.dropped').map(({ athlete, reason }) => [athlete, reason.split(';')[0]]);
  return { alerts, dropped };
}

/** In the order in which they would be answered. */
function gravestFirst(alerts: WaitingAlerts): [athlete: string, event: string][] {
  const order: [string, string][] = [];
  for (let next = alerts.gravest; next !== undefined; next = alerts.gravest) {
    alerts.remove(next);
    order.push([next.athlete, next.event]);
  }
  return order;
}

test('of more than may wait the least grave is dropped, and what asks nobody to act before that', () => {
  const { alerts, dropped } = waiting(3);
  alerts.add(alertOf('1', { severity: 'critical' }));
  alerts.add(alertOf('2', { severity: 'notice' }));
  alerts.add(alertOf('3', { severity: 'critical', event: 'cleared' }));
  alerts.add(alertOf('4', { severity: 'warning' }));
  alerts.add(alertOf('5', { severity: 'critical', event: 'escalated' }));
  alerts.add(alertOf('6', { severity: 'notice' }));
  const reason = 'too many wait for it';
  assert.deepEqual(dropped(), [
    ['3', reason],
    ['2', reason],
    ['6', reason],
  ]);
  assert.equal(alerts.oldest?.athlete, '1');
});

test('of equals the oldest is dropped', () => {
  const { alerts, dropped } = waiting(2);
  for (const athlete of ['1', '2', '3']) alerts.add(alertOf(athlete));
  assert.deepEqual(
    dropped().map(([athlete]) => athlete),
    ['1'],
  );
});

test('the gravest is first, of equals the oldest, and what is over comes last', () => {
  const { alerts } = waiting(8);
  alerts.add(alertOf('1', { severity: 'critical', event: 'cleared' }));
  alerts.add(alertOf('2', { severity: 'notice' }));
  alerts.add(alertOf('3', { severity: 'warning' }));
  alerts.add(alertOf('4', { severity: 'critical' }));
  alerts.add(alertOf('5', { severity: 'critical', event: 'resumed' }));
  assert.deepEqual(
    gravestFirst(alerts).map(([athlete]) => athlete),
    ['4', '5', '3', '2', '1'],
  );
});

test('what waits of one alert stays in order', () => {
  const { alerts } = waiting(8);
  alerts.add(alertOf('1', { severity: 'warning' }));
  alerts.add(alertOf('2', { severity: 'warning' }));
  alerts.add(alertOf('2', { severity: 'critical', event: 'escalated' }));
  alerts.add(alertOf('2', { severity: 'critical', event: 'cleared' }));
  assert.deepEqual(gravestFirst(alerts), [
    ['2', 'raised'],
    ['2', 'escalated'],
    ['1', 'raised'],
    ['2', 'cleared'],
  ]);
});

test('what waits as the gateway stops is told, each by itself', () => {
  const { alerts, dropped } = waiting(8);
  for (const athlete of ['1', '2']) alerts.add(alertOf(athlete, { event: 'cleared' }));
  alerts.dropAll();
  assert.deepEqual(dropped(), [
    ['1', 'the gateway stops'],
    ['2', 'the gateway stops'],
  ]);
  assert.equal(alerts.oldest, undefined);
});
