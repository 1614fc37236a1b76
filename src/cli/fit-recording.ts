/**
 * Activities in Garmin's FIT format, as watches of every make export them: the heart rates of the `record` messages with
 * their times, and the RR intervals of the `hrv` messages, which have no time and are of the beats since the record before
 * them (FIT protocol, "Flexible & Interoperable Data Transfer (FIT) Protocol", and its Activity File page).
 *
 * The library takes the file apart and holds it against its checksums; what the few fields mean is here. A record without a
 * heart rate is no reading: the watch had none.
 */
import {
  FitMessageReaderError,
  type FitRawField,
  type FitRawMessage,
  fitTimestampToUnixMilliseconds,
  readFitMessages,
  readFitUnsignedField,
} from 'fit-file-parser/raw';
import { OperatingError } from '../domain/errors.ts';
import type { Recording } from '../domain/recording/recording.ts';

const RECORD = { message: 20, timestamp: 253, heartRate: 3 } as const;
const HRV = { message: 78, time: 0 } as const;

/** FIT base types. */
const UINT8 = 0x02;
const UINT16 = 0x84;

/** An array of RR intervals is filled up with this. */
const NO_INTERVAL = 0xffff;
/** The longest RR interval that a strap can send; `hrv` counts in ms. */
const RR_MAX_MS = 64_000;

/** Smaller numbers are not times of day but seconds since the watch was switched on. */
const TIME_OF_DAY_MIN = 0x1000_0000;

/** Ten hours of a watch that records twenty-five fields a second; see fit-line.ts for what it takes to read them. */
export const FIT_BYTES_MAX = 2_000_000;

/** @throws OperatingError `recording-invalid`, naming the first record that is wrong */
export function parseFit(bytes: Uint8Array, file: string): Recording {
  const measurements: { timeMs: number; bpm: number; rrMs: readonly number[] }[] = [];
  let rrMs: number[] = [];
  let records = 0;
  for (const message of messagesOf(bytes, file)) {
    if (message.globalMessageNumber === HRV.message) {
      rrMs.push(...intervals(message));
      continue;
    }
    records += 1;
    const where = `${file}, record ${records}`;
    const bpm = heartRate(message, where);
    if (bpm === undefined && rrMs.length === 0) continue;
    const timeMs = timeOf(message, where);
    if (timeMs < (measurements.at(-1)?.timeMs ?? timeMs)) {
      throw invalid(`${where}: its time is before that of the one above`, 'the watch was set while recording: use CSV');
    }
    measurements.push({ timeMs, bpm: bpm ?? 0, rrMs });
    rrMs = [];
  }
  if (!measurements.some(({ bpm }) => bpm > 0)) {
    throw invalid(
      `${file}: no heart rates (records: ${records})`,
      'choose an activity recorded with a strap or sensor',
    );
  }
  const last = measurements.at(-1);
  if (last !== undefined) last.rrMs = [...last.rrMs, ...rrMs];
  return { measurements };
}

function messagesOf(bytes: Uint8Array, file: string): readonly FitRawMessage[] {
  if (Buffer.from(bytes.subarray(8, 12)).toString('latin1') !== '.FIT') {
    throw invalid(
      `${file}: not a FIT file by what is in it`,
      'export the activity as FIT, or name the file as what it is',
    );
  }
  try {
    const messageNumbers = [RECORD.message, HRV.message];
    return readFitMessages(bytes, { messageNumbers, maxInputBytes: FIT_BYTES_MAX }).messages;
  } catch (error) {
    if (!(error instanceof FitMessageReaderError)) throw error;
    const { what, remedy } = REASONS[error.code];
    throw new OperatingError('recording-invalid', `${file}: ${what}`, { remedy, cause: error });
  }
}

const AGAIN = 'export or copy it again';
const REASONS: Readonly<Record<FitMessageReaderError['code'], { readonly what: string; readonly remedy: string }>> = {
  invalid_input: { what: 'cannot be read as FIT', remedy: AGAIN },
  input_limit: { what: `larger than ${FIT_BYTES_MAX / 1_000_000} MB`, remedy: 'cut the activity, or give it as CSV' },
  invalid_header: {
    what: 'cut short, or more than one activity in it',
    remedy: 'export or copy it again, one activity',
  },
  invalid_crc: { what: 'damaged: its checksum is not that of its content', remedy: AGAIN },
  invalid_structure: { what: 'damaged: its messages do not follow the format', remedy: AGAIN },
};

function heartRate(message: FitRawMessage, where: string): number | undefined {
  try {
    return readFitUnsignedField(fieldOf(message, RECORD.heartRate), UINT8, 1, message.littleEndian);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalid(`${where}: its heart rate has not the type that the format gives it`, AGAIN);
  }
}

function timeOf({ timestamp }: FitRawMessage, where: string): number {
  if (timestamp !== undefined && timestamp >= TIME_OF_DAY_MIN) return fitTimestampToUnixMilliseconds(timestamp);
  throw invalid(`${where}: it has no time of day`, 'choose an activity recorded with the watch set');
}

function intervals(message: FitRawMessage): number[] {
  const field = fieldOf(message, HRV.time);
  if (field === undefined || field.baseType !== UINT16) return [];
  const { buffer, byteOffset, byteLength } = field.bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  return Array.from({ length: byteLength / 2 }, (_, i) => view.getUint16(2 * i, message.littleEndian)).filter(
    (rr) => rr !== NO_INTERVAL && rr < RR_MAX_MS,
  );
}

function fieldOf({ fields }: FitRawMessage, number: number): FitRawField | undefined {
  return fields.find(({ fieldNumber }) => fieldNumber === number);
}

function invalid(message: string, remedy: string): OperatingError {
  return new OperatingError('recording-invalid', message, { remedy });
}
