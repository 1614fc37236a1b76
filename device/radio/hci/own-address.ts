/** The address of the controller's own, where it has none. */
/** The address by which the controller is known to its straps. */
export interface OwnAddress {
  readonly type: 'public' | 'random';
  /** Twelve lower-case hex digits. */
  readonly address: string;
}

/** Least significant byte first. The two highest bits are ones (volume 6, part B, section 1.3.2.1). */
export function randomStaticAddress(random: () => number): Buffer {
  const bytes = Array.from({ length: 6 }, () => Math.floor(random() * 256));
  return Buffer.from(bytes.map((byte, index) => (index === 5 ? byte | 0xc0 : byte)));
}
