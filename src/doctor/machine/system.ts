/** Is the system one that the gateway is made for: 64 bits in kernel and programs? With the versions of what matters. */
import { join } from 'node:path';
import type { Check, Judgement, ProgramFacts, Surroundings } from '../finding.ts';
import { textIn } from '../machine-files.ts';
import { printed } from '../program.ts';

const BITS_64 = new Set(['arm64', 'x64']);

interface SystemFacts {
  readonly program: Pick<ProgramFacts, 'architecture' | 'kernelMachine'>;
  readonly kernel: string | undefined;
  /** As `systemd 257 (257.9-1~deb13u1)`. */
  readonly systemd: string | undefined;
  /** The board, as `Raspberry Pi 5 Model B Rev 1.0`. */
  readonly model: string | undefined;
}

export const systemCheck: Check = {
  name: 'machine-system',
  run: async (surroundings) => [systemVerdict(await systemFacts(surroundings))],
};

async function systemFacts({ sys, proc, run, program }: Surroundings): Promise<SystemFacts> {
  return {
    program,
    kernel: textIn(join(proc, 'sys/kernel/osrelease')),
    systemd: printed(await run('systemctl', ['--version']))?.split('\n', 1)[0],
    model: textIn(join(sys, 'firmware/devicetree/base/model'))?.replaceAll('\0', ''),
  };
}

function systemVerdict({ program, kernel, systemd, model }: SystemFacts): Judgement {
  const { architecture, kernelMachine } = program;
  if (!BITS_64.has(architecture)) {
    return {
      verdict: 'failed',
      evidence: `this program runs with 32 bits (${architecture}, under a kernel for ${kernelMachine})`,
      remedy: 'install the 64-bit system on a card of its own: "Raspberry Pi OS (64-bit)" or Debian for arm64',
    };
  }
  const parts = [model, architecture, kernel === undefined ? undefined : `kernel ${kernel}`, systemd];
  return { verdict: 'ok', evidence: parts.filter((part) => part !== undefined && part !== '').join(', ') };
}
