/** Whether a gateway runs with this configuration, and what it says of itself, for the doctor. */
import type { GatewayAnswer } from '../doctor/finding.ts';
import { holdOf } from '../doctor/store/holder.ts';
import { isOperatingError } from '../domain/errors.ts';
import { soughtGateway } from './gateway-places.ts';
import { askStatus } from './status-question.ts';

/**
 * None runs only where nobody has its store locked either: one that starts, or hangs, answers to nothing, and must not be
 * put out for that.
 *
 * @param variables for those in gateway.yaml
 */
export async function askGateway(
  config: string | undefined,
  variables: NodeJS.ProcessEnv,
  proc = '/proc',
): Promise<GatewayAnswer> {
  if (config === undefined) {
    return { state: 'unknown', reason: 'no configuration was named', remedy: 'add --config FILE' };
  }
  const sought = soughtGateway(config, variables);
  if (!sought.ok) {
    const reason = `${config} does not tell this user where its store is`;
    return { state: 'unknown', reason, remedy: 'mend what is found of the configuration, or run it with sudo' };
  }
  try {
    const { document } = await askStatus(sought.value);
    return { state: 'answered', status: document };
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    const { cause, message: reason, remedy } = error;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return unanswered(proc, sought.value.storePath);
    return { state: 'silent', reason, ...(remedy === undefined ? {} : { remedy }) };
  }
}

function unanswered(proc: string, storePath: string | undefined): GatewayAnswer {
  const hold = storePath === undefined ? ({ state: 'unknown' } as const) : holdOf(proc, storePath);
  switch (hold.state) {
    case 'free':
      return { state: 'none' };
    case 'held': {
      const { pid, program } = hold;
      const reason = `process ${pid} (${program}) has the store in use, and answers to nothing`;
      return { state: 'silent', reason, remedy: `look what it is with "ps -fp ${pid}"`, isByLock: true };
    }
    case 'unknown':
      return { state: 'unknown', reason: 'who has its store in use cannot be told', remedy: 'run it with sudo' };
  }
}
