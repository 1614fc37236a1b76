/**
 * Looks at adapters in a process of its own, since the native module may end its process: prints one line of JSON.
 * `kernel` opens the kernel's Bluetooth socket and asks which adapters are up; `h4 NAME` resets the controller behind
 * an H4 adapter.
 */
import { writeSync } from 'node:fs';
import { parseAdapterName } from '../../device/radio/hci/adapter-name.ts';
import { H4HciSocket } from '../../device/radio/hci/hci-socket.ts';
import { openTransport } from '../../device/radio/hci/transport.ts';
import { isOperatingError, messageOf } from '../domain/errors.ts';
import { SystemClock } from '../system/clock.ts';
import type { ControllerAnswer, KernelSocket } from './probe-answers.ts';

const STDOUT = 1;

const [what, adapter = ''] = process.argv.slice(2);
say(what === 'kernel' ? await kernelSocket() : await controller(adapter));
process.exit(0);

/** Written before anything else is done: the end of this process may be no orderly one. */
function say(answer: KernelSocket | ControllerAnswer): void {
  writeSync(STDOUT, `${JSON.stringify(answer)}\n`);
}

async function kernelSocket(): Promise<KernelSocket> {
  try {
    const { KernelHciSocket } = await import('../../device/radio/hci/kernel-hci-socket.ts');
    const devices = new KernelHciSocket().getDeviceList();
    return { state: 'open', devices: devices.map(({ devId, devUp }) => ({ adapter: `hci${devId}`, isUp: devUp })) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { state: 'refused', code, reason: messageOf(error) };
  }
}

async function controller(name: string): Promise<ControllerAnswer> {
  try {
    const parsed = parseAdapterName(name);
    if (parsed.kind === 'kernel') throw new Error('the kernel sees to its own adapters');
    const transport = await openTransport(parsed);
    const socket = new H4HciSocket({ transport, clock: new SystemClock(), random: Math.random });
    const { address } = await socket.open();
    await socket.close();
    return { state: 'answered', address };
  } catch (error) {
    const remedy = isOperatingError(error) ? error.remedy : undefined;
    return { state: 'silent', reason: messageOf(error), ...(remedy === undefined ? {} : { remedy }) };
  }
}
