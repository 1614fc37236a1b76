/** HCI's error codes (Bluetooth Core Specification, volume 1 part F) in words that help on a touchline. */

const REASONS: Readonly<Record<number, string>> = {
  2: 'the link was gone already',
  7: 'the adapter is out of memory',
  8: 'out of range',
  9: 'the adapter holds no further link',
  11: 'the adapter has a link to this strap already',
  12: 'the adapter is busy',
  13: 'the adapter holds no further link',
  19: 'the strap ended the link',
  20: 'the strap is short of power or memory',
  21: 'the strap was switched off',
  22: 'the gateway ended the link',
  34: 'the strap does not answer',
  59: 'the strap does not accept the connection parameters',
  62: 'the connection was not established',
};

/** @returns undefined for a code that needs looking up */
export function disconnectionReason(code: number): string | undefined {
  return REASONS[code];
}

/** noble puts the status of a connection that failed at the end of its error's text. */
export function statusOf(message: string): number | undefined {
  const digits = /0x([0-9a-f]{1,2})\)?$/i.exec(message)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
