/** The gateway itself, its files, its clock, and by which it can be reached. */
import type { Notes } from './note.ts';

const NOT_NEEDED = 'The gateway goes on. See that the path is free, not too long, and that its user may write there.';

export const GATEWAY_NOTES: Notes<
  'gateway' | 'athletes' | 'clock' | 'status' | 'control' | 'metrics' | 'log' | 'supervisor'
> = {
  'gateway.started': {
    examples: [{ gateway: 'pitch-3', athletes: 2, epoch: 'k3f9', athletesVersion: '3f1c09a2b7de' }],
  },
  'gateway.status': {
    examples: [
      {
        athletes: 2,
        live: 1,
        openAlerts: 1,
        backlog: 0,
        uplink: 'connected',
        mirror: { backlog: 7, uplink: 'down' },
      },
    ],
  },
  'gateway.failed': {
    remedy: 'systemd starts it again. Report it, with the field `stack`.',
    examples: [{ reason: 'an invariant', stack: undefined }],
  },
  'gateway.stuck': {
    remedy: 'systemd starts it again, where it watches over it. Report it, with the lines of the log before it.',
    examples: [{ part: 'delivery', uplink: 'primary', seconds: 62 }],
  },
  'gateway.stopping': { examples: [{ reason: 'SIGTERM' }] },
  'gateway.stopped': { examples: [{ backlog: 7 }] },
  'gateway.stop-overdue': {
    remedy: 'Nothing, if it was once. Otherwise look at the card, and at the adapter if it is the radio.',
    examples: [{ part: 'the radio' }],
  },
  'athletes.reloaded': { examples: [{ athletesVersion: '3f1c09a2b7de', athletes: 2, came: 1, left: 0 }] },
  'athletes.unchanged': { examples: [{ athletesVersion: '3f1c09a2b7de' }] },
  'athletes.rejected': {
    remedy: 'Mend the file at once: `sideline check` says where. The gateway does not start with it after a power cut.',
    examples: [{ problems: 1, inForce: '3f1c09a2b7de' }],
  },
  'athletes.problem': {
    remedy: 'Mend what stands there; `athletes.rejected` follows.',
    examples: [{ place: 'athletes.yaml:3:5', what: 'unknown key "…"', remedy: 'did you mean "rules"?' }],
  },
  'clock.untrusted': {
    remedy: 'See that an NTP server can be reached, set the clock, or say `trust: always` under `clock`.',
    examples: [{ reason: 'not-synchronised' }],
  },
  'clock.trusted': { examples: [{ correctionSeconds: 1_600_000_000 }] },
  'clock.stepped': {
    remedy: 'Nothing. If it comes again and again, see what sets the clock.',
    examples: [{ seconds: -3_600 }],
  },
  'clock.step-ignored': {
    remedy: 'If the new time is right, restart the gateway with `trust: always` under `clock`; otherwise set it right.',
    examples: [{ seconds: 86_400 }],
  },
  'clock.wait-over': {
    remedy: 'See that an NTP server can be reached. The receiver knows these records by `unsynchronised`.',
    examples: [{ hours: 6 }],
  },
  'status.unavailable': { remedy: NOT_NEEDED, examples: [{ reason: 'EACCES' }] },
  'control.unavailable': { remedy: NOT_NEEDED, examples: [{ reason: 'EACCES' }] },
  'metrics.listening': { examples: [{ url: 'http://127.0.0.1:9464/metrics' }] },
  'metrics.unavailable': {
    remedy: 'See what else has the port (`ss -ltnp`), or give `metrics.listen` another one.',
    examples: [{ at: '127.0.0.1:9464', reason: 'listen EADDRINUSE: address already in use', retryInMs: 10_000 }],
  },
  'log.left-out': {
    remedy: 'Look at the lines of that event which are there.',
    examples: [
      { of: 'strap.subscribed', count: 15, gravest: 'info' },
      { of: 'strap.lost', count: 940, gravest: 'warn' },
      { of: 'uplink.refused', count: 7, gravest: 'error' },
    ],
  },
  'supervisor.failed': {
    remedy: 'See that the program `systemd-notify` is installed.',
    examples: [{ reason: 'spawn systemd-notify ENOENT' }],
  },
};
