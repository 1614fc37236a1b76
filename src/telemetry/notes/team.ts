/** The radio, the straps, and what is known of each athlete's signal. */
import type { Notes } from './note.ts';

const AT_THE_PITCH = 'See how the athlete is, and the strap. Nothing of it ends an alert.';

export const TEAM_NOTES: Notes<'radio' | 'strap' | 'signal' | 'gap'> = {
  'radio.adapter-ready': { examples: [{ adapter: 'hci0' }] },
  'radio.adapter-lost': {
    remedy:
      'A warning mends itself. After an error look at the adapter, its plug and power; `sideline doctor` says more.',
    examples: [
      { adapter: 'hci0', reason: 'the worker has ended', retryInMs: 1_000 },
      { adapter: 'hci1', reason: 'switched off' },
    ],
  },
  'strap.subscribed': { examples: [{ athlete: '7', strap: 'a09e1a000007' }] },
  'strap.lost': {
    remedy: 'Nothing: it is looked for.',
    examples: [{ athlete: '7', strap: 'a09e1a000007', reason: 'out of range' }],
  },
  'strap.failed': {
    remedy: 'If it goes on, see that no phone or watch is linked to the strap.',
    examples: [{ athlete: '7', strap: 'a09e1a000007', reason: 'no answer' }],
  },
  'strap.device': {
    examples: [
      {
        athlete: '7',
        strap: 'a09e1a000007',
        manufacturer: 'Polar Electro Oy',
        model: 'H10',
        firmware: '3.1.1',
        sensorLocation: 'chest',
      },
    ],
  },
  'strap.battery-low': {
    remedy: 'Change the battery.',
    examples: [{ athlete: '7', strap: 'a09e1a000007', percent: 12 }],
  },
  'strap.stranger': { examples: [{ strap: 'a09e1a000099', rssi: -60 }] },
  'strap.conflict': {
    remedy: 'Make the entry in the athletes file plain, best by address; look who else sends under that identity.',
    examples: [{ athlete: '7', strap: 'a09e1a000007', conflict: 'second-advertiser' }],
  },
  'strap.contested': {
    remedy: 'See that the athlete wears the strap of the athletes file. Contested readings raise alerts and end none.',
    examples: [{ athlete: '7', strap: 'a09e1a000007', reason: 'replayed' }],
  },
  'signal.live': { examples: [{ athlete: '7', evidence: { silentMs: 9_000 } }] },
  'signal.contact-lost': {
    remedy: 'Moisten the strap, or tighten it.',
    examples: [{ athlete: '7', evidence: { withoutRateMs: 3_000, readings: 4 } }],
  },
  'signal.frozen': {
    remedy: 'Take the strap off and on; if it comes again, use another one.',
    examples: [{ athlete: '7', evidence: { unchangedMs: 180_000, readings: 181, rrReadings: 0 } }],
  },
  'signal.no-signal': { remedy: AT_THE_PITCH, examples: [{ athlete: '7', evidence: { silentMs: 5_200 } }] },
  'signal.out-of-range': { remedy: AT_THE_PITCH, examples: [{ athlete: '7', evidence: { silentMs: 6_200 } }] },
  'signal.adapter-lost': {
    remedy: 'See `radio.adapter-lost`.',
    examples: [{ athlete: '7', evidence: { silentMs: 200 } }],
  },
  'signal.link-lost': { remedy: AT_THE_PITCH, examples: [{ athlete: '7', evidence: { silentMs: 200 } }] },
  'gap.begun': { remedy: AT_THE_PITCH, examples: [{ athlete: '7', cause: 'link-lost' }] },
  'gap.recorded': {
    remedy:
      'An error where the gateway had readings and lost them: `evicted` needs a larger `max_size` or a better uplink, `corrupted` and `store-unwritable` another card.',
    examples: [
      { athlete: '7', cause: 'link-lost', seconds: 12 },
      { athlete: '7', cause: 'evicted', seconds: 600 },
    ],
  },
};
