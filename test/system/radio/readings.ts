/**
 * Readings held against what the straps have sent: the measurements of a virtual strap's heart are numbered by their
 * energy, so that it can be told exactly which were lost, which came twice, and which nobody has sent.
 */
import assert from 'node:assert/strict';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';

/** The numbers of the readings, in the order in which they came; readings over a link always have one. */
export function numbersOf(readings: readonly { readonly energyKj?: number | null }[]): number[] {
  return readings.map(({ energyKj }) => {
    assert.ok(typeof energyKj === 'number', 'a reading that no strap has sent');
    return energyKj;
  });
}

/** Fails where one is missing of those that reached the gateway's controller, came twice, or out of order. */
export function assertExactly(received: readonly number[], { name, numbers }: VirtualStrap): void {
  assert.deepEqual(received, numbers.confirmed, `${name}: every reading once, in order`);
}

/** The same where something was killed that may have had readings in its hands: those may be missing, and nothing else. */
export function assertNoneInvented(received: readonly number[], { name, numbers }: VirtualStrap): void {
  const sent = new Set(numbers.sent);
  assert.deepEqual(
    received.filter((number) => !sent.has(number)),
    [],
    `${name}: no reading that was not sent`,
  );
  assert.deepEqual(
    received,
    [...new Set(received)].sort((a, b) => a - b),
    `${name}: no reading twice, all in order`,
  );
}

/** Fails where one of these is missing. */
export function assertAllOf(expected: readonly number[], received: readonly number[], what: string): void {
  const there = new Set(received);
  assert.deepEqual(
    expected.filter((number) => !there.has(number)),
    [],
    what,
  );
}
