/** The machine that this process runs on, as the checks look at it. */
import { runningWorker } from '../../device/radio/team/watch-line.ts';
import { isOperatingError } from '../domain/errors.ts';
import type { Clock } from '../ports.ts';
import { askApart } from './apart.ts';
import type { ReadConfiguration } from './configuration-files.ts';
import type { GatewayAnswer, Surroundings, WorkerAnswer } from './finding.ts';
import { controllerAnswerSchema, type KernelSocket, kernelAnswerSchema } from './probe-answers.ts';

export interface MachineParts {
  readonly adapters: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Absent where none was named. */
  readonly configuration?: ReadConfiguration | undefined;
  readonly askGateway: () => Promise<GatewayAnswer>;
}

export function thisMachine({ adapters, env, clock, configuration, askGateway }: MachineParts): Surroundings {
  let kernelSocket: Promise<KernelSocket> | undefined;
  let gateway: Promise<GatewayAnswer> | undefined;
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
    ...(configuration === undefined ? {} : { configuration }),
    askGateway: () => {
      gateway ??= askGateway();
      return gateway;
    },
    nowMs: clock.wallMs(),
  };
}

async function askWorker(adapter: string, parts: Pick<MachineParts, 'env' | 'clock'>): Promise<WorkerAnswer> {
  try {
    const worker = await runningWorker(adapter, parts);
    return worker === undefined ? { state: 'none' } : { state: 'answered', hello: worker.hello };
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    const { message: reason, remedy } = error;
    return { state: 'silent', reason, ...(remedy === undefined ? {} : { remedy }) };
  }
}
