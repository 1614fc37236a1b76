/**
 * Buffers that go to and fro between the store and delivery: what is read is written into one that came back, where one
 * did. Sizes are rounded up, so that messages of about a size fit into each other's.
 */

const STEP_BYTES = 16 * 1024;

/** More come back only when messages become fewer at once. */
const SPARES_MAX = 4;

/** A smaller one is as large as it has to be, and cheaper made anew. */
export function isWorthReuse({ byteLength }: ArrayBuffer): boolean {
  return byteLength >= STEP_BYTES;
}

export class SpareBuffers {
  #spares: ArrayBuffer[] = [];

  /** Whoever gives it must not look at it again. */
  put(spare: ArrayBuffer): void {
    if (isWorthReuse(spare)) this.#spares = [...this.#spares, spare].slice(-SPARES_MAX);
  }

  /** A buffer of at least so many bytes; what is in it is anything. */
  take(bytes: number): ArrayBuffer {
    const at = this.#spares.findIndex(({ byteLength }) => byteLength >= bytes);
    const [spare] = at === -1 ? [] : this.#spares.splice(at, 1);
    return spare ?? new ArrayBuffer(bytes < STEP_BYTES ? bytes : Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
  }
}
