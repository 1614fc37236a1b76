/** The drill inside of the guest: noble on hci0, a strap, and the scenes one after the other. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as failures from './failure-scenes.ts';
import * as links from './link-scenes.ts';
import { Steered } from './steered.ts';
import { reportTo } from './verdicts.ts';
import { Witness } from './witness.ts';

const [port = '/dev/stdout', rounds = '100'] = process.argv.slice(2);

/** Where btvirt gives whoever connects a controller. */
const CONTROLLERS = '/tmp/bt-server-bredrle';
const BRING_UP_ATTEMPTS = 50;

const report = reportTo(port);
const script = (name: string) => join(import.meta.dirname, `${name}.js`);

async function play(): Promise<void> {
  const controller = await Steered.start({ script: script('controller'), argument: CONTROLLERS });
  bringUp('hci0');
  const witness = new Witness();
  witness.start();
  const strap = await Steered.start({ script: script('strap'), argument: CONTROLLERS });
  await strap.ask('advertise');
  const stage = { strap, controller, witness, report, centralScript: script('central') };

  await links.unheldIsDropped(stage);
  const central = await links.connectsAsWritten(stage);
  await links.linkHolds(stage, central);
  await links.parametersAreSetBack(stage, central);
  await links.nothingLeaks(stage, central, Number(rounds));
  await failures.absentStrapBlocksNothing(stage, central);
  await failures.lateStrapIsConnected(stage, central);
  await failures.killedProcessFreesItsLinks(stage, central);
  await failures.killedWhileConnecting(stage);
  await failures.packageStandsStill(stage);
  for (const process of [strap, controller]) await process.kill();
}

function bringUp(adapter: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      execFileSync('hciconfig', [adapter, 'up'], { stdio: 'ignore' });
      return;
    } catch (error) {
      // The kernel needs a moment to make the device.
      if (attempt === BRING_UP_ATTEMPTS) throw error;
      execFileSync('sleep', ['0.2']);
    }
  }
}

/** What the kernel has logged of its own mistakes: a process that one befell hangs. */
function complaints(): string[] {
  const log = execFileSync('dmesg', { encoding: 'utf8' });
  return log.split('\n').filter((line) => /kernel BUG|corruption|Oops|unable to handle/.test(line));
}

const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
report({ scene: 'boot', holds: true, evidence: { kernel, node: process.version } });
try {
  await play();
  report({ scene: 'kernel-complains-of-nothing', holds: complaints().length === 0, evidence: complaints() });
  report({ scene: 'end', holds: true, evidence: { upS: Math.round(process.uptime()) } });
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  report({ scene: 'end', holds: false, evidence: { reason, complaints: complaints() } });
}
process.exit(0);
