/** Who has the store in use? */
import type { Check, GatewayAnswer, Judgement } from '../finding.ts';
import { skipped } from '../finding.ts';
import { holdOf, type StoreHold } from './holder.ts';
import { HIDDEN, ofStore, storeFiles } from './subject.ts';

interface StoreUseFacts {
  /** False where this user may not look. */
  readonly isVisible: boolean;
  readonly hold: StoreHold;
  readonly gateway: GatewayAnswer;
}

export const storeUseCheck: Check = {
  name: 'store-use',
  run: async (surroundings) =>
    ofStore(surroundings, async ({ path }) =>
      storeUseVerdict({
        isVisible: storeFiles(path) !== undefined,
        hold: holdOf(surroundings.proc, path),
        gateway: await surroundings.askGateway(),
      }),
    ),
};

function storeUseVerdict({ isVisible, hold, gateway }: StoreUseFacts): Judgement {
  if (gateway.state === 'answered') {
    const { gateway: name, uptimeMs } = gateway.status;
    const minutes = Math.floor(uptimeMs / 60_000);
    return { verdict: 'ok', evidence: `the gateway ${name} has it, which has been running for ${minutes} min` };
  }
  const isSilent = gateway.state === 'silent' && gateway.isByLock !== true;
  if (hold.state === 'held') {
    const who = `process ${hold.pid} (${hold.program})`;
    return {
      verdict: 'failed',
      evidence: `${who} has it in use, and no gateway answers${isSilent ? `: ${gateway.reason}` : ''}`,
      remedy: `where that is another gateway, stop it or give it a store of its own; see "ps -fp ${hold.pid}"`,
    };
  }
  if (isSilent) {
    return {
      verdict: 'warning',
      evidence: `there is a gateway that does not answer: ${gateway.reason}`,
      remedy: 'run it with sudo, or look into the log of the gateway',
    };
  }
  if (!isVisible) return skipped(HIDDEN);
  return hold.state === 'free'
    ? { verdict: 'ok', evidence: 'nobody has it in use' }
    : skipped('who has it in use cannot be told: /proc/locks cannot be read');
}
