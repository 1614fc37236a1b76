/** The machine that this process runs on, as the checks look at it. */
import { statfs } from 'node:fs/promises';
import { machine } from 'node:os';
import { runningWorker } from '../../device/radio/team/watch-line.ts';
import { isOperatingError } from '../domain/errors.ts';
import type { Clock } from '../ports.ts';
import { SystemTimeAuthority } from '../system/time-authority.ts';
import { askApart } from './apart.ts';
import type { GatewayAnswer, ProgramFacts, Surroundings, WorkerAnswer } from './finding.ts';
import { controllerAnswerSchema, type KernelSocket, kernelAnswerSchema } from './probe-answers.ts';
import { runProgram } from './program.ts';

export interface MachineParts
  extends Pick<Surroundings, 'adapters' | 'configuration' | 'store' | 'clockTrust' | 'askGateway'> {
  /** As in package.json. */
  readonly package: Pick<ProgramFacts, 'version' | 'nodeRange'>;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

export function thisMachine(parts: MachineParts): Surroundings {
  const { adapters, configuration, store, clockTrust, env, clock } = parts;
  let kernelSocket: Promise<KernelSocket> | undefined;
  let gateway: Promise<GatewayAnswer> | undefined;
  return {
    sys: '/sys',
    proc: '/proc',
    adapters,
    configuration,
    store,
    clockTrust,
    program: { ...parts.package, node: process.version, architecture: process.arch, kernelMachine: machine() },
    nowMs: clock.wallMs(),
    timeAuthority: new SystemTimeAuthority({ env }),
    freeBytes,
    run: (program, args) => runProgram(program, args, { env }),
    askGateway: () => {
      gateway ??= parts.askGateway();
      return gateway;
    },
    askGatewayNow: parts.askGateway,
    kernelSocket: () => {
      kernelSocket ??= askApart(['kernel'], kernelAnswerSchema);
      return kernelSocket;
    },
    askController: (adapter) => askApart(['h4', adapter], controllerAnswerSchema),
    askWorker: (adapter) => askWorker(adapter, { env, clock }),
  };
}

/** Without what is kept back for root, which a gateway is not. */
async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
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
