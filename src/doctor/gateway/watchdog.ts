/** Will systemd start a gateway again that hangs? */
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { CORE, installedUnits, isSet, NO_SYSTEMD, type Unit } from './units.ts';

export const watchdogCheck: Check = {
  name: 'gateway-watchdog',
  run: async (surroundings: Surroundings) => [watchdogVerdict(await installedUnits(surroundings))],
};

function watchdogVerdict(units: readonly Unit[] | undefined): Judgement {
  if (units === undefined) return skipped(NO_SYSTEMD);
  const core = units.find(({ name }) => name === CORE);
  if (core === undefined) return skipped('the gateway is not installed as a service');
  const patience = core.properties['WatchdogUSec'];
  if (isSet(patience)) {
    return { verdict: 'ok', evidence: `systemd starts the gateway again after ${patience} without progress` };
  }
  return {
    verdict: 'warning',
    evidence: 'systemd does not watch the gateway: one that hangs hangs for ever',
    remedy: 'use the unit that comes with sideline, or write WatchdogSec=30 into its [Service]',
  };
}
