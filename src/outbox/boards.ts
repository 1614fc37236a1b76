/**
 * Which boards a store has been used on, by their serial numbers: a file beside it with a line for each, the newest last.
 *
 * A card that was copied gives two gateways one store, and both would give the same numbers of the same epoch to records
 * of their own; whoever gets both drops one of the two as a duplicate. So on a board that is not the last one numbers go on
 * far above, at a random place, and each of the two has numbers of its own from then on. A store without a record gets
 * another epoch instead.
 */
import { randomInt } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/** A card may go through a few; what else is in the file is not ours. */
const BOARDS_MAX = 8;
const SERIAL = /^[\x21-\x7e]{1,64}$/;

/**
 * How far apart the places are at which numbers may go on: more than a gateway stores in its life. There are so few of
 * them that a card can change its board some hundred times before there are no numbers left that JSON has.
 */
const STRIDE = 2 ** 32;
const PLACES = 2 ** 12;

export function boardsPath(storePath: string): string {
  return `${storePath}.board`;
}

/** Oldest first; empty where nobody has noted one, or it cannot be read. */
export function boardsOf(storePath: string): string[] {
  try {
    const lines = readFileSync(boardsPath(storePath), 'utf8').split('\n');
    return lines.filter((line) => SERIAL.test(line)).slice(-BOARDS_MAX);
  } catch {
    return [];
  }
}

/** From now on this is the board of the store. That it cannot be noted is no failure: it is tried at the next start. */
export function noteBoard(storePath: string, serial: string): void {
  const boards = boardsOf(storePath);
  if (boards.at(-1) === serial || !SERIAL.test(serial)) return;
  const text = [...boards.slice(1 - BOARDS_MAX), serial].map((line) => `${line}\n`).join('');
  const path = boardsPath(storePath);
  try {
    const file = openSync(`${path}.new`, 'w', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
  } catch {
    // The disk will tell the store itself.
  }
}

/** How many numbers are left out on another board. */
export function numbersLeftOut(): number {
  return randomInt(1, PLACES) * STRIDE;
}
