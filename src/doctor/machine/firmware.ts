/**
 * What the firmware of a Raspberry Pi tells of its voltage and temperature, in one word of bits (vcgencmd(1),
 * `get_throttled`): the kernel of Raspberry Pi OS shows it, in hexadecimal, below the firmware's device, whose place differs
 * by model.
 */
import { join } from 'node:path';
import { namesIn, textIn } from '../machine-files.ts';

interface Condition {
  readonly now: boolean;
  readonly sinceStart: boolean;
}

export interface FirmwareFacts {
  readonly underVoltage: Condition;
  /** The processor goes slower than it could, for whichever reason. */
  readonly slowed: Condition;
  readonly hot: Condition;
}

const [UNDER_VOLTAGE, CAPPED, THROTTLED, HOT, SINCE_START] = [0, 1, 2, 3, 16];

/** Undefined where nothing tells. */
export function firmwareFacts(sys: string): FirmwareFacts | undefined {
  const word = throttledWord(join(sys, 'devices/platform'));
  if (word === undefined) return undefined;
  const condition = (...bits: number[]) => ({
    now: bits.some((bit) => isSet(word, bit)),
    sinceStart: bits.some((bit) => isSet(word, bit + SINCE_START)),
  });
  return { underVoltage: condition(UNDER_VOLTAGE), slowed: condition(CAPPED, THROTTLED), hot: condition(HOT) };
}

function throttledWord(platform: string): number | undefined {
  for (const bus of namesIn(platform).filter((name) => name.startsWith('soc'))) {
    for (const device of namesIn(join(platform, bus)).filter((name) => name.endsWith(':firmware'))) {
      const text = textIn(join(platform, bus, device, 'get_throttled'));
      if (text !== undefined && /^(0x)?[0-9a-f]+$/i.test(text)) return Number.parseInt(text, 16);
    }
  }
  return undefined;
}

function isSet(word: number, bit: number): boolean {
  return ((word >> bit) & 1) === 1;
}
