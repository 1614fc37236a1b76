/** `sideline decode`: what the bytes of one heart-rate notification say. */
import { decodeHeartRate, MalformedMeasurement } from '../../device/profiles/heart-rate.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print } from './output.ts';

/** @param hex two digits a byte, in one argument or several, with or without spaces */
export function decode(hex: readonly string[]): ExitCode {
  const digits = hex.join('').replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    complain(`sideline: "${hex.join(' ')}" is not hexadecimal; write two digits a byte, as in 164854 01EC02`);
    return EXIT.usage;
  }
  try {
    print(JSON.stringify(decodeHeartRate(Buffer.from(digits, 'hex'))));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof MalformedMeasurement)) throw error;
    complain(`sideline: malformed heart-rate measurement: ${error.message}`);
    return EXIT.failed;
  }
}
