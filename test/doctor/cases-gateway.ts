/** The gateway as a service, and as one of several. */
import { boardCheck } from '../../src/doctor/gateway/board.ts';
import { nameCheck } from '../../src/doctor/gateway/name.ts';
import { serviceCheck } from '../../src/doctor/gateway/service.ts';
import { versionCheck } from '../../src/doctor/gateway/version.ts';
import { watchdogCheck } from '../../src/doctor/gateway/watchdog.ts';
import { connectRefusal, disconnectReason, hangUpReason } from '../../src/uplink/reason-codes.ts';
import { answering, type Provoked, running, STORE } from './findings-of.ts';

type Properties = Readonly<Record<string, string | number>>;

const RUNS: Properties = {
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  Result: 'success',
  NRestarts: 0,
  UnitFileState: 'enabled',
  WatchdogUSec: '30s',
  ExecMainStatus: 0,
};

const block = (properties: Properties) =>
  Object.entries(properties)
    .map(([name, value]) => `echo "${name}=${value}"`)
    .join('\n');

/** As `systemctl show` prints it, of the gateway alone. */
const core = (changed: Properties = {}) => ({ systemctl: block({ ...RUNS, ...changed }) });

const H4 = { adapters: ['h4:/dev/ttyACM0'] };

const logOf = (...reasons: string[]) => ({
  journalctl: `case "$*" in *--unit=sideline.service*) ${reasons.map((reason) => `echo '{"event":"uplink.disconnected","reason":"${reason}"}'`).join('; ')};; esac`,
});

const SERIAL = { 'sys/firmware/devicetree/base/serial-number': '10000000abcdef01\0' };

export const GATEWAY_CASES: readonly Provoked[] = [
  {
    check: serviceCheck,
    when: 'there is no systemd',
    verdict: 'skipped',
    evidence: 'no systemd can be asked about it',
  },
  {
    check: serviceCheck,
    when: 'systemd is installed and does not run',
    programs: { systemctl: 'echo "System has not been booted with systemd" >&2; exit 1' },
    verdict: 'skipped',
    evidence: 'no systemd can be asked about it',
  },
  {
    check: serviceCheck,
    when: 'it is not installed',
    programs: core({ LoadState: 'not-found', ActiveState: 'inactive' }),
    given: H4,
    verdict: 'skipped',
    evidence: 'the gateway is not installed as a service',
  },
  {
    check: serviceCheck,
    when: 'it runs',
    programs: core(),
    given: H4,
    verdict: 'ok',
    evidence: 'active, and starts with the machine',
  },
  {
    check: serviceCheck,
    when: 'it was restarted',
    programs: core({ NRestarts: 3 }),
    given: H4,
    verdict: 'warning',
    evidence: 'it runs; systemd has had to start it again 3 times',
  },
  {
    check: serviceCheck,
    when: 'it is not switched on',
    programs: core({ UnitFileState: 'disabled' }),
    given: H4,
    verdict: 'warning',
    evidence: 'it runs, and does not after the next start of the machine',
  },
  ...['linked', 'enabled-runtime'].map(
    (state): Provoked => ({
      check: serviceCheck,
      when: `it is ${state}, and so not switched on for the next start`,
      programs: core({ UnitFileState: state }),
      given: H4,
      verdict: 'warning',
      evidence: 'it runs, and does not after the next start of the machine',
    }),
  ),
  {
    check: serviceCheck,
    when: 'it is being started again',
    programs: core({ ActiveState: 'activating', SubState: 'start', Result: 'exit-code', NRestarts: 7 }),
    given: H4,
    verdict: 'failed',
    evidence: 'it keeps ending, and is being started again (7 times up to now)',
  },
  {
    check: serviceCheck,
    when: 'it is just starting',
    programs: core({ ActiveState: 'activating', SubState: 'start' }),
    given: H4,
    verdict: 'warning',
    evidence: 'it is starting, and does not run yet',
  },
  {
    check: serviceCheck,
    when: 'it does not run',
    programs: core({ ActiveState: 'inactive', SubState: 'dead' }),
    given: H4,
    verdict: 'failed',
    evidence: 'it does not run (inactive)',
  },
  {
    check: serviceCheck,
    when: 'it does not run and another gateway does',
    programs: core({ ActiveState: 'inactive', SubState: 'dead' }),
    given: { ...H4, ...running() },
    verdict: 'warning',
    evidence: 'it does not run, and a gateway does that is no service',
  },
  {
    check: serviceCheck,
    when: 'it does not run and somebody has its store, who need be no gateway',
    programs: core({ ActiveState: 'inactive', SubState: 'dead' }),
    given: { ...H4, ...answering({ state: 'silent', reason: 'process 7 has the store in use', isByLock: true }) },
    verdict: 'failed',
    evidence: 'it does not run (inactive)',
  },
  {
    check: serviceCheck,
    when: 'its configuration is invalid',
    programs: core({ ActiveState: 'failed', SubState: 'failed', Result: 'exit-code', ExecMainStatus: 78 }),
    given: H4,
    verdict: 'failed',
    evidence: 'it has ended (exit-code, status 78)',
  },
  {
    check: serviceCheck,
    when: 'it has ended',
    programs: core({ ActiveState: 'failed', SubState: 'failed', Result: 'core-dump', ExecMainStatus: 6 }),
    given: H4,
    verdict: 'failed',
    evidence: 'it has ended (core-dump, status 6)',
  },
  {
    check: serviceCheck,
    when: 'it keeps ending',
    programs: core({ ActiveState: 'activating', SubState: 'auto-restart', Result: 'watchdog', ExecMainStatus: 6 }),
    given: H4,
    verdict: 'failed',
    evidence: 'it keeps ending, and is started again (watchdog, status 6)',
  },
  {
    check: serviceCheck,
    when: 'it is masked',
    programs: core({ LoadState: 'masked', ActiveState: 'inactive' }),
    given: H4,
    verdict: 'failed',
    evidence: 'it is masked',
  },
  {
    check: watchdogCheck,
    when: 'there is no systemd',
    verdict: 'skipped',
    evidence: 'no systemd can be asked about it',
  },
  {
    check: watchdogCheck,
    when: 'it is not installed',
    programs: core({ LoadState: 'not-found' }),
    verdict: 'skipped',
    evidence: 'the gateway is not installed as a service',
  },
  {
    check: watchdogCheck,
    when: 'systemd watches it',
    programs: core(),
    verdict: 'ok',
    evidence: 'systemd starts the gateway again after 30s without progress',
  },
  {
    check: watchdogCheck,
    when: 'nobody watches it',
    programs: core({ WatchdogUSec: 'infinity' }),
    verdict: 'warning',
    evidence: 'systemd does not watch the gateway: one that hangs hangs for ever',
  },
  { check: versionCheck, when: 'none runs', verdict: 'ok', evidence: 'sideline 1.2.3; no gateway runs' },
  {
    check: versionCheck,
    when: 'the same runs',
    given: running(),
    verdict: 'ok',
    evidence: 'sideline 1.2.3, and so is the gateway that runs',
  },
  {
    check: versionCheck,
    when: 'an older one runs',
    given: running({ version: '1.2.2' }),
    verdict: 'warning',
    evidence: 'the gateway that runs is sideline 1.2.2, and this is 1.2.3',
  },
  {
    check: versionCheck,
    when: 'it does not answer',
    given: answering({ state: 'silent', reason: 'it hung up' }),
    verdict: 'skipped',
    evidence: 'this is sideline 1.2.3; which one runs cannot be told: it hung up',
  },
  {
    check: versionCheck,
    when: 'nobody knows which is meant',
    given: answering({ state: 'unknown', reason: 'no configuration was named', remedy: 'add --config FILE' }),
    verdict: 'skipped',
    evidence: 'this is sideline 1.2.3; which one runs cannot be told: no configuration was named',
  },
  {
    check: boardCheck,
    when: 'no configuration was named',
    hasStore: false,
    verdict: 'skipped',
    evidence: 'no gateway.yaml was named that tells where the store is',
  },
  {
    check: boardCheck,
    when: 'the machine has no serial number',
    files: { [`${STORE}.board`]: '10000000abcdef01\n' },
    verdict: 'skipped',
    evidence: 'this machine tells no serial number of its board',
  },
  {
    check: boardCheck,
    when: 'nothing was noted',
    files: { ...SERIAL, [STORE]: '' },
    verdict: 'skipped',
    evidence: 'no gateway has run on this store that noted its board',
  },
  {
    check: boardCheck,
    when: 'the board is the same',
    files: { ...SERIAL, [`${STORE}.board`]: '10000000abcdef01\n' },
    verdict: 'ok',
    evidence: 'the store belongs to this board',
  },
  {
    check: boardCheck,
    when: 'the card is new on this board',
    files: { ...SERIAL, [`${STORE}.board`]: '10000000abcdef77\n10000000abcdef99\n' },
    verdict: 'warning',
    evidence:
      'the store was used on board 10000000abcdef99 last, and this is 10000000abcdef01: its card was moved here, or copied',
  },
  {
    check: boardCheck,
    when: 'the card came from another board',
    files: { ...SERIAL, [`${STORE}.board`]: '10000000abcdef99\n10000000abcdef01\n' },
    verdict: 'warning',
    evidence: 'the store came to this board from another (10000000abcdef99): its card was moved, or copied',
  },
  {
    check: nameCheck,
    when: 'there is no log',
    verdict: 'skipped',
    evidence: 'there is no log of the last hour, or none that this user may read',
  },
  {
    check: nameCheck,
    when: 'the uplink goes for other reasons',
    programs: logOf(connectRefusal(5), hangUpReason('pitch-3')),
    verdict: 'ok',
    evidence: 'nobody else has used it at the broker in the last hour',
  },
  {
    check: nameCheck,
    when: 'another client has the name',
    programs: logOf(disconnectReason(0x8e, 'pitch-3'), disconnectReason(0x8e, 'pitch-3')),
    verdict: 'failed',
    evidence: '2 times in the last hour another client took this gateway’s name at the broker',
  },
  {
    check: nameCheck,
    when: 'the broker hangs up again and again',
    programs: logOf(...Array<string>(3).fill(hangUpReason('pitch-3'))),
    verdict: 'warning',
    evidence: '3 times in the last hour the broker hung up without a reason, as when two gateways have one name',
  },
];
