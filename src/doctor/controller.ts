/** Do the controllers answer that speak H4? One that a gateway uses is asked nothing: a reset would end its links. */
import type { Check, Judgement, Surroundings, WorkerAnswer } from './finding.ts';
import { skipped } from './finding.ts';
import { kernelAdapters } from './kernel-facts.ts';
import type { ControllerAnswer } from './probe-answers.ts';

export type ControllerFacts = { readonly adapter: string } & (
  | { readonly worker: Exclude<WorkerAnswer, { readonly state: 'none' }> }
  | { readonly answer: ControllerAnswer }
);

export const controllerCheck: Check = {
  name: 'bluetooth-controller',
  run: async (surroundings) => controllerVerdicts(await controllerFacts(surroundings)),
};

export async function controllerFacts({
  adapters,
  askWorker,
  askController,
}: Pick<Surroundings, 'adapters' | 'askWorker' | 'askController'>): Promise<ControllerFacts[]> {
  const ofKernel = new Set(kernelAdapters(adapters));
  const look = async (adapter: string): Promise<ControllerFacts> => {
    const worker = await askWorker(adapter);
    // Where the gateway itself gets no answer, nothing is disturbed.
    const isFree = worker.state === 'none' || (worker.state === 'answered' && !worker.hello.ready);
    return isFree ? { adapter, answer: await askController(adapter) } : { adapter, worker };
  };
  return await Promise.all(adapters.filter((adapter) => !ofKernel.has(adapter)).map(look));
}

export function controllerVerdicts(facts: readonly ControllerFacts[]): Judgement[] {
  if (facts.length === 0) return [skipped('no controller that speaks H4 is to be used')];
  return facts.map((fact) => ({ about: fact.adapter, ...('worker' in fact ? used(fact.worker) : asked(fact.answer)) }));
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
