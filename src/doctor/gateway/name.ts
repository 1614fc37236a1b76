/**
 * Does another client use this gateway's name at the broker? Two of one name throw each other out for ever; the gateway
 * logs with what reason its connection ended (src/uplink/reason-codes.ts).
 */
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { printed } from '../program.ts';

const TAKEN_OVER = 'another client connected as';
const HUNG_UP = 'the broker hung up without a reason';

/** A broker that hangs up for a reason of its own does so more rarely. */
const HANG_UPS_SUSPICIOUS = 3;

export const nameCheck: Check = {
  name: 'gateway-name',
  run: async (surroundings) => [nameVerdict(await logOfLastHour(surroundings))],
};

/** Undefined where there is none, or none for this user. */
async function logOfLastHour({ run }: Pick<Surroundings, 'run'>): Promise<string[] | undefined> {
  const args = ['--unit=sideline.service', '--since=-1h', '--output=cat', '--quiet', '--no-pager'];
  const text = printed(await run('journalctl', args));
  return text === undefined || text === '' ? undefined : text.split('\n');
}

function nameVerdict(log: readonly string[] | undefined): Judgement {
  if (log === undefined) return skipped('there is no log of the last hour, or none that this user may read');
  const hungUp = log.filter((line) => line.includes(HUNG_UP)).length;
  const takenOver = log.filter((line) => line.includes(TAKEN_OVER) && !line.includes(HUNG_UP)).length;
  if (takenOver > 0) {
    return {
      verdict: 'failed',
      evidence: `${times(takenOver)} in the last hour another client took this gateway’s name at the broker`,
      remedy: 'give each gateway a name of its own in gateway.yaml and a certificate of its own; was its card copied?',
    };
  }
  if (hungUp >= HANG_UPS_SUSPICIOUS) {
    return {
      verdict: 'warning',
      evidence: `${times(hungUp)} in the last hour the broker hung up without a reason, as when two gateways have one name`,
      remedy: 'look whether another gateway has this one’s name or certificate, as after a card was copied',
    };
  }
  return { verdict: 'ok', evidence: 'nobody else has used it at the broker in the last hour' };
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
