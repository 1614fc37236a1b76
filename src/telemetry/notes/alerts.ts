/** Alerts, and what happens at the pitch when there is one. */
import type { Notes } from './note.ts';

const ATHLETE_AND_RULE = { athlete: '7', rule: 'high-average' } as const;

const SEE_ATHLETE = 'See how the athlete is. The level is that of the severity: notice, warning or critical.';

const ALARMS = [
  { ...ATHLETE_AND_RULE, severity: 'notice' },
  { ...ATHLETE_AND_RULE, severity: 'warning' },
  { ...ATHLETE_AND_RULE, severity: 'critical', estimated: true },
] as const;

export const ALERT_NOTES: Notes<'alert' | 'response'> = {
  'alert.raised': { remedy: SEE_ATHLETE, examples: ALARMS },
  'alert.escalated': {
    remedy: SEE_ATHLETE,
    examples: [
      { athlete: '7', rule: 'signal', severity: 'notice' },
      { athlete: '7', rule: 'signal', severity: 'warning' },
      { athlete: '7', rule: 'signal', severity: 'critical' },
    ],
  },
  'alert.acknowledged': { examples: [ATHLETE_AND_RULE] },
  'alert.snoozed': { examples: [ATHLETE_AND_RULE] },
  'alert.resumed': { remedy: SEE_ATHLETE, examples: ALARMS },
  'alert.cleared': { examples: [{ ...ATHLETE_AND_RULE, severity: 'warning' }] },
  'response.connected': { examples: [{ response: 'board' }] },
  'response.disconnected': {
    remedy: 'See that the broker of the response runs and can be reached.',
    examples: [{ response: 'board', reason: 'ECONNREFUSED', retryInMs: 1_500 }],
  },
  'response.done': { examples: [{ ...ATHLETE_AND_RULE, response: 'siren', how: 'exit code 0', seconds: 5 }] },
  'response.postponed': {
    remedy: 'See that the receiver runs, and what it says of the request.',
    examples: [{ ...ATHLETE_AND_RULE, response: 'office', reason: 'the receiver answered 503', retryInMs: 1_500 }],
  },
  'response.failed': {
    remedy: 'Tell whoever should have been told; mend what the reason says.',
    examples: [{ ...ATHLETE_AND_RULE, response: 'siren', reason: 'exit code 1' }],
  },
  'response.dropped': {
    remedy: 'Tell whoever should have been told.',
    examples: [{ ...ATHLETE_AND_RULE, response: 'siren', reason: 'the gateway stops' }],
  },
  'response.outdated': {
    remedy: 'Look up these alerts with `sideline store export --what alerts`; see why nobody took them for so long.',
    examples: [{ response: 'office', alerts: 3, hours: 24 }],
  },
  'response.unready': {
    remedy: 'Mend what the reason says, in `gateway.yaml` or on the machine.',
    examples: [{ response: 'siren', reason: 'gateway.yaml:9:33: cannot run "/usr/bin/siren"' }],
  },
  'response.broken': {
    remedy: 'Restart the gateway, and report it.',
    examples: [{ response: 'office', reason: 'an invariant' }],
  },
  'response.store-failed': {
    remedy: 'Nothing by itself; look at what `store.…` events there are.',
    examples: [{ response: 'office', reason: 'disk full' }],
  },
};
