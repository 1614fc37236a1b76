/** The machine that this process runs on, as the checks look at it. */
import { runningWorker } from '../../device/radio/team/watch-line.ts';
import { isOperatingError } from '../domain/errors.ts';
import type { Clock } from '../ports.ts';
import { askApart } from './apart.ts';
import type { Surroundings, WorkerAnswer } from './finding.ts';
import { controllerAnswerSchema, type KernelSocket, kernelAnswerSchema } from './probe-answers.ts';

export interface MachineParts {
  readonly adapters: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

export function thisMachine({ adapters, env, clock }: MachineParts): Surroundings {
  let kernelSocket: Promise<KernelSocket> | undefined;
  return {
    sys: '/sys',
    proc: '/proc',
    adapters,
    kernelSocket: () => {
      kernelSocket ??= askApart(['kernel'], kernelAnswerSchema);
      return kernelSocket;
    },
    askController: (adapter) => askApart(['h4', adapter], controllerAnswerSchema),
    askWorker: (adapter) => askWorker(adapter, { env, clock }),
  };
}

async function askWorker(adapter: string, parts: Omit<MachineParts, 'adapters'>): Promise<WorkerAnswer> {
  try {
    const worker = await runningWorker(adapter, parts);
    return worker === undefined ? { state: 'none' } : { state: 'answered', hello: worker.hello };
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    const { message: reason, remedy } = error;
    return { state: 'silent', reason, ...(remedy === undefined ? {} : { remedy }) };
  }
}
