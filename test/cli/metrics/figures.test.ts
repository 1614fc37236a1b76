import assert from 'node:assert/strict';
import test from 'node:test';
import { storeMetrics, uplinkMetrics } from '../../../src/cli/metrics/delivery-metrics.ts';
import { teamMetrics } from '../../../src/cli/metrics/team-metrics.ts';
import type { GatewayCounters, GatewayStatus } from '../../../src/gateway/gateway.ts';
import { exposition, type Metric } from '../../../src/telemetry/exposition.ts';
import { figure, readExposition } from '../../fixtures/exposition.ts';

type AthleteStatus = GatewayStatus['athletes'][number];

function athlete(id: string, more: Partial<AthleteStatus>): AthleteStatus {
  const whose = { id, strap: { name: id }, rules: [] };
  return { athlete: whose, signal: 'live', openAlerts: [], alerts: [], ...more };
}

function read(metrics: readonly Metric[]) {
  const families = readExposition(exposition(metrics));
  return {
    of: (name: string, labels: Record<string, string> = {}) => figure(families, name, labels),
    names: families.map(({ name }) => name),
  };
}

test('athletes are counted by signal, alerts by severity, gaps by cause over all athletes', () => {
  const alert = { rule: 'high', severity: 'critical', acknowledged: false } as const;
  const { of } = read(
    teamMetrics({
      athletes: [
        athlete('7', { alerts: [alert, { ...alert, rule: 'low', severity: 'warning' }] }),
        athlete('8', { alerts: [alert], battery: { low: true } }),
        athlete('9', { signal: 'out-of-range', battery: { percent: 80, low: false } }),
      ],
      adapters: [
        { adapter: 'hci0', state: 'ready' },
        { adapter: 'hci1', state: 'lost' },
      ],
      gaps: [
        { athlete: '7', cause: 'link-lost', gaps: 2, seconds: 30, readings: 0, isOpen: true },
        { athlete: '8', cause: 'link-lost', gaps: 1, seconds: 12, readings: 0, isOpen: false },
        { athlete: '9', cause: 'evicted', gaps: 1, seconds: 600, readings: 500, isOpen: false },
      ],
    }),
  );
  assert.deepEqual(
    ['live', 'out-of-range', 'searching'].map((signal) => of('sideline_athletes', { signal })),
    [2, 1, 0],
  );
  assert.deepEqual(
    ['notice', 'warning', 'critical'].map((severity) => of('sideline_alerts_open', { severity })),
    [0, 1, 2],
  );
  assert.equal(of('sideline_straps_battery_low'), 1);
  assert.deepEqual(
    ['hci0', 'hci1'].map((adapter) => of('sideline_radio_adapter_ready', { adapter })),
    [1, 0],
  );
  const ofLinks = { cause: 'link-lost' };
  assert.deepEqual(
    [of('sideline_gaps', ofLinks), of('sideline_gaps_open', ofLinks), of('sideline_gap_seconds_total', ofLinks)],
    [3, 1, 42],
  );
  assert.equal(of('sideline_readings_lost_total', { cause: 'evicted' }), 500);
  assert.equal(of('sideline_gaps', { cause: 'corrupted' }), 0);
});

const STORE = { epoch: 'k3f9', head: 9, pending: 4, failing: true, inMemory: false, damaged: true };
const STORED = { commits: 3, records: { alerts: 1, gaps: 2, samples: 30 } };

test('what nobody knows of the store is left out, and nothing is invented', () => {
  const known = read(
    storeMetrics(
      { store: STORE, clock: { trusted: true, correctionMs: -2_500 } },
      { received: 33, stored: STORED },
      { usedBytes: 5, freeBytes: 6, maxBytes: 7 },
    ),
  );
  for (const [name, value] of [
    ['readings_received_total', 33],
    ['store_commits_total', 3],
    ['store_pending_records', 4],
    ['store_size_bytes', 5],
    ['store_filesystem_free_bytes', 6],
    ['store_limit_bytes', 7],
    ['store_failing', 1],
    ['store_in_memory', 0],
    ['store_damaged', 1],
    ['clock_trusted', 1],
    ['clock_correction_seconds', -2.5],
  ] as const) {
    assert.equal(known.of(`sideline_${name}`), value, name);
  }
  assert.equal(known.of('sideline_records_stored_total', { kind: 'gaps' }), 2);
  const unknown = read(
    storeMetrics({ store: STORE, clock: { trusted: false } }, { received: 0, stored: STORED }, { maxBytes: 7 }),
  );
  const names = known.names.filter((name) => !unknown.names.includes(name));
  assert.deepEqual(
    names,
    ['store_size_bytes', 'store_filesystem_free_bytes', 'clock_correction_seconds'].map((name) => `sideline_${name}`),
  );
});

test('each uplink has its own figures, and none of a backlog that nobody can read', () => {
  const traffic: GatewayCounters['uplinks'][number]['traffic'] = {
    messages: { alerts: 1, gaps: 0, samples: 5 },
    bytes: 700,
    outcomes: { acknowledged: 4, lost: 1, refused: 1, 'too-large': 0 },
    delivered: { alerts: 1, gaps: 0, samples: 40 },
    acknowledgementSeconds: { bounds: [1], counts: [3, 1], sum: 9 },
  };
  const common = { name: 'mqtt://secret-host:1883', lastAcknowledgedMs: undefined, unacknowledgedBytes: 12 };
  const metrics = uplinkMetrics(
    [
      { ...common, role: 'primary', connected: true, backlog: { alerts: 0, gaps: 1, samples: 2 }, oldestMs: 90_500 },
      { ...common, role: 'mirror', connected: false, backlog: undefined, lastAcknowledgedMs: 1_500 },
    ],
    [
      { role: 'primary', traffic },
      { role: 'mirror', traffic: { ...traffic, bytes: 0 } },
    ],
  );
  const { of } = read(metrics);
  const [primary, mirror] = [{ uplink: 'primary' }, { uplink: 'mirror' }];
  assert.deepEqual(
    [primary, mirror].map((labels) => of('sideline_uplink_connected', labels)),
    [1, 0],
  );
  assert.equal(of('sideline_backlog_records', { ...primary, kind: 'samples' }), 2);
  assert.throws(() => of('sideline_backlog_records', mirror));
  assert.equal(of('sideline_backlog_oldest_seconds', primary), 90.5);
  assert.throws(() => of('sideline_backlog_oldest_seconds', mirror));
  assert.throws(() => of('sideline_uplink_last_acknowledgement_timestamp_seconds', primary));
  assert.equal(of('sideline_uplink_last_acknowledgement_timestamp_seconds', mirror), 1.5);
  assert.deepEqual(
    [primary, mirror].map((labels) => of('sideline_uplink_sent_bytes_total', labels)),
    [700, 0],
  );
  assert.equal(of('sideline_uplink_messages_sent_total', { ...primary, kind: 'samples' }), 5);
  assert.equal(of('sideline_uplink_messages_settled_total', { ...primary, outcome: 'lost' }), 1);
  assert.equal(of('sideline_uplink_records_delivered_total', { ...primary, kind: 'samples' }), 40);
  assert.equal(of('sideline_uplink_acknowledgement_seconds_count', primary), 4);
  assert.ok(!exposition(metrics).includes('secret-host'));
});
