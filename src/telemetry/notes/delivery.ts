/** The store, and the ways out of the gateway. */
import type { Notes } from './note.ts';

const URL = 'mqtt://127.0.0.1:1883';

export const DELIVERY_NOTES: Notes<'store' | 'uplink'> = {
  'store.write-failed': {
    remedy: 'See what fills the disk (`df`). If it goes on, `store.in-memory` follows.',
    examples: [{ reason: 'disk full', waiting: 30 }],
  },
  'store.stalled': {
    remedy: 'Look at the card and at the power supply; change the card.',
    examples: [{ seconds: 10, waiting: 30 }],
  },
  'store.recovered': { examples: [{ waiting: 30 }] },
  'store.in-memory': {
    remedy: 'Make room, or change the card, and leave the power on: what is not delivered is lost with it.',
    examples: [{ reason: 'disk full' }],
  },
  'store.on-disk-again': { examples: [{ records: 120 }] },
  'store.unsaved': {
    remedy: 'They are lost. Look at the card before the next start.',
    examples: [{ records: 7, reason: 'disk full' }],
  },
  'store.quarantined': {
    remedy: 'Nothing at once. Change the card soon: this one has lost data.',
    examples: [{ path: 'outbox.db', copy: 'outbox.db.damaged-1', reason: 'malformed' }],
  },
  'store.salvaged': { examples: [{ path: 'outbox.db.damaged-1', samples: 100, alerts: 1, gaps: 2 }] },
  'store.salvage-incomplete': {
    remedy: 'Look into it with `sideline store salvage`, then remove it: it takes room of the store.',
    examples: [{ path: 'outbox.db.damaged-1' }],
  },
  'store.damaged-records': {
    remedy: 'They are lost; the ledger says whose. Change the card soon.',
    examples: [{ records: 50 }],
  },
  'store.acknowledgements-lost': {
    remedy: 'Nothing: receivers drop by the id what they have. Change the card soon.',
    examples: [{ uplink: 'primary' }],
  },
  'store.other-board': {
    remedy:
      'Nothing if the card was moved. If it was copied, give one of the two gateways another name and certificate.',
    examples: [{ path: 'outbox.db', board: '100000004f6ee2b1', before: '10000000a1b2c3d4' }],
  },
  'store.restored': { examples: [{ path: 'outbox.db' }] },
  'store.delivery-failed': {
    remedy: 'Nothing, if it was once. If the backlog grows, look at the card.',
    examples: [{ reason: 'disk I/O error' }],
  },
  'uplink.connected': { examples: [{ uplink: URL }] },
  'uplink.disconnected': {
    remedy: 'Nothing for an outage: all is kept. Otherwise the reason says what to look at.',
    examples: [{ uplink: URL, reason: 'ECONNREFUSED', retryInMs: 1_500 }],
  },
  'uplink.refused': {
    remedy:
      'A warning mends itself. After an error let the broker take what this gateway publishes: policy, ACL, quota.',
    examples: [
      { uplink: URL, reason: 'quota exceeded', retryInMs: 1_000 },
      { uplink: URL, reason: 'not authorized', retryInMs: 4_000 },
    ],
  },
  'uplink.poison': {
    remedy: 'See what the broker lets this gateway publish, and what its log says of the message.',
    examples: [{ uplink: URL, kind: 'samples', hangUps: 5, retryInMs: 3_600_000 }],
  },
};
