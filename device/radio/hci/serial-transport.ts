/**
 * A controller on a serial port. The line is set by the program `stty`, since Node has no call for it: eight bits as
 * they are, without echo, and with the speed and the flow control that the adapter's name asks for.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { promisify } from 'node:util';
import { messageOf, OperatingError } from '../../../src/domain/errors.ts';
import type { AdapterName } from './adapter-name.ts';

type SerialName = AdapterName & { readonly kind: 'h4-serial' };

/** @throws OperatingError `radio-unavailable` when there is no such port, it may not be used, or the signal aborts first */
export async function openSerial(name: SerialName, signal: AbortSignal): Promise<ReadStream> {
  try {
    await promisify(execFile)('stty', sttyArguments(name), { signal });
    // Without waiting for a carrier, so that it returns at once, and without making it this process's terminal.
    return streamOver(openSync(name.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK));
  } catch (error) {
    throw explained(name.path, error, signal);
  }
}

/**
 * A terminal's read stream takes bytes to write as well, and unlike its write stream it never blocks: a controller that
 * holds back CTS must not stop the whole process.
 */
function streamOver(fd: number): ReadStream {
  try {
    return new ReadStream(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function sttyArguments({ path, baud, flowControl }: SerialName): string[] {
  const speed = baud === undefined ? [] : [String(baud)];
  return ['-F', path, ...speed, 'raw', '-echo', '-echoe', '-echok', 'clocal', flowControl ? 'crtscts' : '-crtscts'];
}

function explained(path: string, error: unknown, signal: AbortSignal): OperatingError {
  const { code, stderr } = error as { code?: unknown; stderr?: unknown };
  const text = typeof stderr === 'string' && stderr.trim() !== '' ? stderr.trim() : messageOf(error);
  const refused = (why: string, remedy: string) =>
    new OperatingError('radio-unavailable', `the serial port ${path} cannot be used: ${why}`, { remedy, cause: error });
  if (signal.aborted) return refused('it could not be opened in time', 'unplug the controller and plug it in again');
  if (code === 'ENOENT' && text.includes('stty')) {
    return refused('the program stty is missing', 'install coreutils');
  }
  if (/no such file/i.test(text))
    return refused('there is no such port', 'plug the controller in, or name another port');
  if (/permission denied/i.test(text)) return refused('no permission', 'add the user to the group dialout');
  if (/invalid argument/i.test(text)) return refused(text, 'name a speed that the port has, as in @115200 or @1000000');
  return refused(text, 'unplug the controller and plug it in again');
}
