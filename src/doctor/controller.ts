/**
 * Do the controllers answer that speak H4? To ask one is to reset it, which would end the links of a gateway that uses it.
 * A gateway of another user has its workers where they are not found, so that none may run at all, as far as can be told.
 */
import type { Check, GatewayAnswer, Judgement, Surroundings, WorkerAnswer } from './finding.ts';
import { skipped } from './finding.ts';
import { kernelAdapters } from './kernel-facts.ts';
import type { ControllerAnswer } from './probe-answers.ts';

export type ControllerFacts = { readonly adapter: string } & (
  | { readonly worker: Exclude<WorkerAnswer, { readonly state: 'none' }> }
  /** No worker of it was found. */
  | { readonly gateway: Exclude<GatewayAnswer, { readonly state: 'none' }> }
  | { readonly answer: ControllerAnswer }
);

export const controllerCheck: Check = {
  name: 'bluetooth-controller',
  run: async (surroundings) => controllerVerdicts(await controllerFacts(surroundings)),
};

export async function controllerFacts({
  adapters,
  askWorker,
  askGatewayNow,
  askController,
}: Pick<Surroundings, 'adapters' | 'askWorker' | 'askGatewayNow' | 'askController'>): Promise<ControllerFacts[]> {
  const ofKernel = new Set(kernelAdapters(adapters));
  const look = async (adapter: string): Promise<ControllerFacts> => {
    const worker = await askWorker(adapter);
    // A worker that is left without its gateway, and gets no answer itself, is disturbed in nothing.
    const isFree = worker.state === 'none' || (worker.state === 'answered' && !worker.hello.ready);
    if (!isFree) return { adapter, worker };
    const gateway = await askGatewayNow();
    if (gateway.state !== 'none') return { adapter, gateway };
    return { adapter, answer: await askController(adapter) };
  };
  return await Promise.all(adapters.filter((adapter) => !ofKernel.has(adapter)).map(look));
}

export function controllerVerdicts(facts: readonly ControllerFacts[]): Judgement[] {
  if (facts.length === 0) return [skipped('no controller that speaks H4 is to be used')];
  return facts.map((fact) => ({ about: fact.adapter, ...controllerVerdict(fact) }));
}

function controllerVerdict(fact: ControllerFacts): Judgement {
  if ('worker' in fact) return used(fact.worker);
  return 'gateway' in fact ? leftAlone(fact.adapter, fact.gateway) : asked(fact.answer);
}

function leftAlone(adapter: string, gateway: Exclude<GatewayAnswer, { readonly state: 'none' }>): Judgement {
  switch (gateway.state) {
    case 'answered': {
      const state = gateway.status.adapters.find((each) => each.adapter === adapter)?.state;
      if (state === 'ready') return { verdict: 'ok', evidence: 'the running gateway uses it' };
      return {
        verdict: 'warning',
        evidence: `the running gateway ${state === undefined ? 'does not go by it' : 'cannot use it now'}`,
        remedy:
          state === undefined
            ? 'restart the gateway, which reads gateway.yaml at its start only'
            : 'look into the log of the gateway, or stop the gateway and run this again, which then asks the controller',
      };
    }
    case 'silent':
      return {
        verdict: 'warning',
        evidence: `it was not asked, since a gateway may be using it: ${gateway.reason}`,
        remedy: gateway.remedy ?? 'look into the log of the gateway',
      };
    case 'unknown':
      return skipped(`it was not asked, since a gateway may be using it: ${gateway.reason}; ${gateway.remedy}`);
  }
}

function used(worker: Exclude<WorkerAnswer, { readonly state: 'none' }>): Judgement {
  if (worker.state === 'answered') {
    const { pid, links } = worker.hello;
    return { verdict: 'ok', evidence: `a gateway uses it now, by process ${pid}, links: ${links.length}` };
  }
  return {
    verdict: 'warning',
    evidence: `a gateway has it, which may or may not use it: ${worker.reason}`,
    remedy: worker.remedy ?? 'look into the log of the gateway',
  };
}

function asked(answer: ControllerAnswer): Judgement {
  switch (answer.state) {
    case 'answered':
      return { verdict: 'ok', evidence: `it answers as ${answer.address.replace(/..(?=.)/g, '$&:')}` };
    case 'silent':
      return {
        verdict: 'failed',
        evidence: answer.reason,
        remedy: answer.remedy ?? 'unplug the controller and plug it in again',
      };
    case 'crashed':
      return {
        verdict: 'failed',
        evidence: `asking it failed: ${answer.reason}`,
        remedy: 'unplug the controller and plug it in again; if that does not help, restart the machine',
      };
  }
}
