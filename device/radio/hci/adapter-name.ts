/**
 * The names of adapters, as in the configuration: `hci0` and so on for those of the kernel, and for a controller
 * that speaks HCI on a stream of bytes `h4:unix:/path`, `h4:tcp:host:port` or `h4:/dev/ttyACM0`; of a serial port
 * with its speed `h4:/dev/ttyUSB0@1000000`, and `,crtscts` after it where the lines RTS and CTS are wired.
 */
import { OperatingError } from '../../../src/domain/errors.ts';

export type AdapterName =
  | { readonly kind: 'kernel'; readonly deviceId: number }
  | { readonly kind: 'h4-unix'; readonly path: string }
  | { readonly kind: 'h4-tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'h4-serial';
      readonly path: string;
      /** Bits per second; absent where it is left as it is, as with USB. */
      readonly baud?: number;
      /** Hardware flow control, by RTS and CTS. */
      readonly flowControl: boolean;
    };

const FORMS = 'write hci0, h4:unix:/path, h4:tcp:host:port, h4:/dev/ttyACM0 or h4:/dev/ttyUSB0@1000000';

/** The kernel allows 16 adapters or so; more digits than three are a slip. */
const KERNEL = /^hci(\d{1,3})$/;
const TCP = /^tcp:(?:\[([0-9a-f:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/i;
const SERIAL = /^(\/dev\/[^@,\s]+)(?:@(\d{1,8}))?(,crtscts)?$/;

/** Of a Unix socket's address, with its closing zero (unix(7)). */
const UNIX_PATH_MAX_BYTES = 107;

/** @throws OperatingError `radio-unavailable` when it names no adapter, with the forms that do */
export function parseAdapterName(name: string): AdapterName {
  const deviceId = KERNEL.exec(name)?.[1];
  if (deviceId !== undefined) return { kind: 'kernel', deviceId: Number(deviceId) };
  if (!name.startsWith('h4:')) throw refused(name, 'it names no adapter');
  const place = name.slice('h4:'.length);
  if (place.startsWith('unix:')) return unixName(name, place.slice('unix:'.length));
  if (place.startsWith('tcp:')) return tcpName(name, place);
  const serial = SERIAL.exec(place);
  if (serial === null) throw refused(name, 'what follows "h4:" is neither unix:/path, tcp:host:port nor /dev/…');
  const [, path = '', baud, flowControl] = serial;
  return { kind: 'h4-serial', path, ...(baud === undefined ? {} : { baud: Number(baud) }), flowControl: !!flowControl };
}

function unixName(name: string, path: string): AdapterName {
  if (!path.startsWith('/')) throw refused(name, 'the path of the socket must begin with "/"');
  if (Buffer.byteLength(path) > UNIX_PATH_MAX_BYTES) throw refused(name, 'the path of the socket is too long');
  return { kind: 'h4-unix', path };
}

function tcpName(name: string, place: string): AdapterName {
  const [, bracketed, plain, digits] = TCP.exec(place) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined) throw refused(name, 'what follows "h4:tcp:" is not host:port');
  if (port < 1 || port > 65_535) throw refused(name, `there is no port ${port}`);
  return { kind: 'h4-tcp', host, port };
}

function refused(name: string, why: string): OperatingError {
  return new OperatingError('radio-unavailable', `the adapter "${name}" cannot be used: ${why}`, { remedy: FORMS });
}
