/**
 * Reproducible randomness: the same seed gives the same numbers on every machine, and each named stream is
 * independent of how much the others were used, so that one athlete more leaves the hearts of the rest alone.
 */

/** After this many draws the generator no longer shows the structure of its seed. */
const WARM_UP = 15;

/** sfc32 (C. Doty-Humphrey, PractRand), seeded from the hash of a text. */
export class Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    this.#seed = String(seed);
    this.#a = hash(this.#seed, 0x811c9dc5);
    this.#b = hash(this.#seed, 0x9e3779b9);
    this.#c = hash(this.#seed, 0x243f6a88);
    for (let i = 0; i < WARM_UP; i++) this.uniform();
  }

  /** A generator of its own, given by this one's seed and the name alone. */
  stream(name: string): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** From 0 up to and without 1. */
  uniform(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  between(min: number, max: number): number {
    return min + (max - min) * this.uniform();
  }

  /** Normally distributed around 0 with standard deviation 1 (Box and Muller's transform). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** FNV-1a over UTF-16 code units, with the offset basis as a parameter and a final mix. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return value ^ (value >>> 13);
}
