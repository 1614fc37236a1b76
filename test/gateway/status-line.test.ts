import assert from 'node:assert/strict';
import test from 'node:test';
import { type LineParts, statusLine } from '../../src/gateway/status-line.ts';

const QUIET: LineParts = {
  athletes: [
    { signal: 'live', openAlerts: [] },
    { signal: 'live', openAlerts: [] },
  ],
  adapters: [{ adapter: 'hci0', state: 'ready' }],
  uplinks: [{ role: 'primary', connected: true, backlog: { alerts: 0, gaps: 0, samples: 0 } }],
  store: { failing: false, inMemory: false },
};

test('the line says how many straps are heard, what is open and what waits', () => {
  assert.equal(statusLine(QUIET), '2 of 2 athletes live, 0 open alerts; uplink connected, 0 records wait');
  const busy: LineParts = {
    ...QUIET,
    athletes: [
      { signal: 'live', openAlerts: ['high', 'sprint'] },
      { signal: 'link-lost', openAlerts: [] },
      { signal: 'live', openAlerts: [] },
    ],
    uplinks: [{ role: 'primary', connected: false, backlog: { alerts: 2, gaps: 1, samples: 78 } }],
  };
  assert.equal(statusLine(busy), '2 of 3 athletes live, 2 open alerts; uplink down, storing, 81 records wait');
});

test('it names a mirror, adapters that are lost and a store in trouble, and says where nobody knows', () => {
  const line = statusLine({
    ...QUIET,
    athletes: [{ signal: 'adapter-lost', openAlerts: ['high'] }],
    adapters: [
      { adapter: 'hci0', state: 'lost' },
      { adapter: 'hci1', state: 'ready' },
    ],
    uplinks: [
      { role: 'primary', connected: true, backlog: { alerts: 0, gaps: 0, samples: 1 } },
      { role: 'mirror', connected: false, backlog: undefined },
    ],
    store: { failing: true, inMemory: false },
  });
  assert.equal(
    line,
    '0 of 1 athlete live, 1 open alert; uplink connected, 1 record waits; mirror down, storing, unknown how many records wait; adapter hci0 lost; the store cannot be written',
  );
  assert.match(statusLine({ ...QUIET, store: { failing: true, inMemory: true } }), /THE DISK FAILS[^;]*$/);
});
