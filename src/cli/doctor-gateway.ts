/** Whether a gateway runs with this configuration, and what it says of itself, for the doctor. */
import type { GatewayAnswer } from '../doctor/finding.ts';
import { isOperatingError } from '../domain/errors.ts';
import { soughtGateway } from './gateway-places.ts';
import { askStatus } from './status-question.ts';

export async function askGateway(config: string | undefined, env: NodeJS.ProcessEnv): Promise<GatewayAnswer> {
  if (config === undefined) return { state: 'none' };
  const sought = soughtGateway(config, env);
  // What cannot be found cannot be asked; the problem itself is a finding of its own.
  if (!sought.ok) return { state: 'none' };
  try {
    const { document } = await askStatus(sought.value);
    return { state: 'answered', status: document };
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    const { cause, message: reason, remedy } = error;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { state: 'none' };
    return { state: 'silent', reason, ...(remedy === undefined ? {} : { remedy }) };
  }
}
