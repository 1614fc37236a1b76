/** What a check finds on a machine that a test has made up: real files, and real small programs on the PATH. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Check, GatewayAnswer, Judgement, Surroundings, Verdict } from '../../src/doctor/finding.ts';
import { runProgram } from '../../src/doctor/program.ts';
import type { StatusDocument } from '../../src/system/status-document.ts';
import { SystemTimeAuthority } from '../../src/system/time-authority.ts';
import { type MachineFiles, type MachineFolder, withMachine } from './machine-folder.ts';

export const NOW_MS = Date.UTC(2026, 11, 5, 14, 0);

export const STORE = 'var/lib/sideline/outbox.db';

const MAX_BYTES = 2_000_000_000;

type Given = Partial<Omit<Surroundings, 'sys' | 'proc' | 'run' | 'timeAuthority'>>;

export interface Machine {
  readonly files?: MachineFiles;
  /** Shell scripts by the name of the program. */
  readonly programs?: Readonly<Record<string, string>>;
  /** False where no configuration was named. */
  readonly hasStore?: boolean;
  /** To be done to the machine before the check looks at it. */
  readonly before?: (folder: MachineFolder) => Promise<void>;
  readonly given?: Given;
}

/** A verdict of a check, and a machine that has it found. */
export interface Provoked extends Machine {
  readonly check: Check;
  readonly when: string;
  readonly verdict: Verdict;
  /** Of the one finding. */
  readonly evidence: string | RegExp;
}

export async function findingsOf(check: Check, machine: Machine): Promise<readonly Judgement[]> {
  const { files = {}, programs = {}, hasStore = true, before, given } = machine;
  const scripts = Object.entries(programs).map(
    ([name, script]) => [`bin/${name}`, { text: `#!/bin/sh\n${script}\n`, mode: 0o755 }] as const,
  );
  return await withMachine({ ...files, 'bin/': '', ...Object.fromEntries(scripts) }, async (folder) => {
    await before?.(folder);
    const env = { PATH: join(folder.root, 'bin') };
    const found = await check.run({
      sys: folder.sys,
      proc: folder.proc,
      adapters: ['hci0'],
      store: hasStore ? { path: join(folder.root, STORE), maxBytes: MAX_BYTES } : undefined,
      clockTrust: 'auto',
      program: {
        version: '1.2.3',
        node: 'v24.1.0',
        nodeRange: '>=20.19',
        architecture: 'arm64',
        kernelMachine: 'aarch64',
      },
      nowMs: NOW_MS,
      timeAuthority: new SystemTimeAuthority({ run: join(folder.root, 'run'), env }),
      freeBytes: async () => 20_000_000_000,
      run: (program, args) => runProgram(program, args, { env }),
      askGateway: async () => ({ state: 'none' }),
      askGatewayNow: given?.askGateway ?? (async () => ({ state: 'none' })),
      kernelSocket: () => assert.fail('the kernel’s socket was asked for'),
      askController: () => assert.fail('a controller was asked'),
      askWorker: async () => ({ state: 'none' }),
      ...given,
    });
    for (const { verdict, evidence, remedy } of found) {
      assert.notEqual(evidence, '');
      assert.equal(remedy !== undefined, verdict === 'failed' || verdict === 'warning', 'what is wrong has a remedy');
    }
    return found.map((judgement) => withoutFolder(judgement, folder.root));
  });
}

/** So that a test can say what is to be said. */
function withoutFolder(judgement: Judgement, root: string): Judgement {
  const { evidence, remedy } = judgement;
  return {
    ...judgement,
    evidence: evidence.replaceAll(root, ''),
    ...(remedy === undefined ? {} : { remedy: remedy.replaceAll(root, '') }),
  };
}

/** A gateway that runs and is well, but for what is said. */
export function running(told: Partial<StatusDocument> = {}, store: Partial<StatusDocument['store']> = {}): Given {
  const status: StatusDocument = {
    v: 1,
    gateway: 'pitch-3',
    version: '1.2.3',
    timeMs: NOW_MS,
    uptimeMs: 3_600_000,
    athletes: [],
    adapters: [],
    uplinks: [],
    store: { path: `/${STORE}`, epoch: 'e', head: 0, pending: 0, maxBytes: MAX_BYTES, ...store },
    clock: { trusted: true },
    gaps: [],
    ...told,
  };
  return answering({ state: 'answered', status });
}

export function answering(answer: GatewayAnswer): Given {
  return { askGateway: async () => answer };
}
