/** `sideline decode`: what the bytes of one heart-rate notification say, or those of one broadcast. */
import { decodeBroadcast, MalformedBroadcast } from '../../device/profiles/broadcast.ts';
import { decodeHeartRate, MalformedMeasurement } from '../../device/profiles/heart-rate.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print } from './output.ts';

export interface DecodeOptions {
  /** The bytes are an advertisement's manufacturer data, with the two company bytes, and no notification's value. */
  readonly advert?: true;
}

/** @param hex two digits a byte, in one argument or several, with or without spaces */
export function decode(hex: readonly string[], { advert }: DecodeOptions): ExitCode {
  const digits = hex.join('').replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    complain(`sideline: "${hex.join(' ')}" is not hexadecimal; write two digits a byte, as in 164854 01EC02`);
    return EXIT.usage;
  }
  const bytes = Buffer.from(digits, 'hex');
  return advert === true ? broadcast(bytes) : notification(bytes);
}

function notification(bytes: Buffer): ExitCode {
  try {
    print(JSON.stringify(decodeHeartRate(bytes)));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof MalformedMeasurement)) throw error;
    complain(`sideline: malformed heart-rate measurement: ${error.message}`);
    return EXIT.failed;
  }
}

/** Begins with the keys of a notification, so that a reader of either needs no more than one of them. */
function broadcast(bytes: Buffer): ExitCode {
  try {
    const decoded = decodeBroadcast(bytes);
    if (decoded === undefined) {
      complain(
        'sideline: no heart-rate broadcast: give the manufacturer data of Polar (6b00…), XOSS (04ff…) or Mi (5701 02…), from the company on',
      );
      return EXIT.failed;
    }
    const { bpm, contact, format, frameCounter, batteryLow } = decoded;
    print(JSON.stringify({ bpm, contact, energyKj: null, rrMs: [], format, frameCounter, batteryLow }));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof MalformedBroadcast)) throw error;
    complain(`sideline: malformed heart-rate broadcast: ${error.message}`);
    return EXIT.failed;
  }
}
