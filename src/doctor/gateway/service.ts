/** Do the services run that make up a gateway, since when undisturbed, and will they after the next power cut? */
import type { Check, GatewayAnswer, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { CORE, installedUnits, NO_SYSTEMD, type Unit } from './units.ts';

/**
 * Of the unit files that are switched on for good, or need not be (systemctl(1), is-enabled). One that is `linked` is not
 * switched on, and `enabled-runtime` is forgotten at the next start.
 */
const STARTS = new Set(['enabled', 'static', 'indirect', 'generated', 'alias']);

/** The gateway's exit code for a configuration that is invalid. */
const CONFIGURATION_INVALID = '78';

export const serviceCheck: Check = {
  name: 'gateway-service',
  run: async (surroundings: Surroundings) =>
    serviceVerdicts(await installedUnits(surroundings), await surroundings.askGateway()),
};

function serviceVerdicts(units: readonly Unit[] | undefined, gateway: GatewayAnswer): Judgement[] {
  if (units === undefined) return [skipped(NO_SYSTEMD)];
  if (units.length === 0) return [skipped('the gateway is not installed as a service')];
  return units.map((unit) => ({ about: unit.name.replace('.service', ''), ...serviceVerdict(unit, gateway) }));
}

function serviceVerdict({ name, properties }: Unit, gateway: GatewayAnswer): Judgement {
  const unit = name.replace('.service', '');
  const state = properties['ActiveState'];
  const seeLog = `look why: "sudo journalctl -u ${unit} -n 50"`;
  if (properties['LoadState'] === 'masked') {
    return { verdict: 'failed', evidence: 'it is masked', remedy: `run "sudo systemctl unmask ${unit}"` };
  }
  if (state === 'failed' || properties['SubState'] === 'auto-restart') {
    const status = properties['ExecMainStatus'] ?? '';
    const how = `${properties['Result'] ?? 'unknown'}, status ${status}`;
    const remedy =
      name === CORE && status === CONFIGURATION_INVALID
        ? 'run "sideline check", mend what it says, and run "sudo systemctl restart sideline"'
        : seeLog;
    const what = state === 'failed' ? 'it has ended' : 'it keeps ending, and is started again';
    return { verdict: 'failed', evidence: `${what} (${how})`, remedy };
  }
  const restarts = Number(properties['NRestarts'] ?? 0);
  if (state === 'activating' && restarts > 0) {
    const evidence = `it keeps ending, and is being started again (${restarts} times up to now)`;
    return { verdict: 'failed', evidence, remedy: seeLog };
  }
  if (state !== 'active' && state !== 'reloading' && state !== 'activating') {
    if (name === CORE && isThere(gateway)) {
      return {
        verdict: 'warning',
        evidence: 'it does not run, and a gateway does that is no service',
        remedy: `end that one, and run "sudo systemctl enable --now ${unit}"`,
      };
    }
    return {
      verdict: 'failed',
      evidence: `it does not run (${state})`,
      remedy: `run "sudo systemctl enable --now ${unit}"`,
    };
  }
  if (!STARTS.has(properties['UnitFileState'] ?? '')) {
    return {
      verdict: 'warning',
      evidence: 'it runs, and does not after the next start of the machine',
      remedy: `run "sudo systemctl enable ${unit}"`,
    };
  }
  if (state === 'activating') {
    return {
      verdict: 'warning',
      evidence: 'it is starting, and does not run yet',
      remedy: 'run this again in a minute',
    };
  }
  if (restarts > 0) {
    const evidence = `it runs; systemd has had to start it again ${restarts === 1 ? 'once' : `${restarts} times`}`;
    return { verdict: 'warning', evidence, remedy: seeLog };
  }
  return { verdict: 'ok', evidence: `${state}, and starts with the machine` };
}

/** Whoever has the store locked need not be a gateway. */
function isThere(gateway: GatewayAnswer): boolean {
  return gateway.state === 'answered' || (gateway.state === 'silent' && gateway.isByLock !== true);
}
