/** Is the gateway that runs the one that is installed? After an upgrade the old one goes on until it is restarted. */
import type { Check, GatewayAnswer, Judgement } from '../finding.ts';
import { skipped } from '../finding.ts';

export const versionCheck: Check = {
  name: 'gateway-version',
  run: async ({ program, askGateway }) => [versionVerdict(program.version, await askGateway())],
};

function versionVerdict(installed: string, gateway: GatewayAnswer): Judgement {
  switch (gateway.state) {
    case 'none':
      return { verdict: 'ok', evidence: `sideline ${installed}; no gateway runs` };
    case 'silent':
    case 'unknown':
      return skipped(`this is sideline ${installed}; which one runs cannot be told: ${gateway.reason}`);
    case 'answered': {
      const { version } = gateway.status;
      if (version === installed)
        return { verdict: 'ok', evidence: `sideline ${installed}, and so is the gateway that runs` };
      return {
        verdict: 'warning',
        evidence: `the gateway that runs is sideline ${version}, and this is ${installed}`,
        remedy: 'run "sudo systemctl restart sideline" when no match is on',
      };
    }
  }
}
