/*
 * Chance for the simulation: seeded, so that a run that fails can be run again.
 */

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0
  }

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  hits(share: number): boolean {
    return share > 0 && this.next() < share
  }

  /** A whole number. */
  between(low: number, high: number): number {
    return Math.floor(low + this.next() * (high - low))
  }

  /** Short ones often, long ones seldom. */
  log(low: number, high: number): number {
    return Math.floor(low * (high / low) ** this.next())
  }

  pick<T>(from: readonly T[]): T {
    const found = from[Math.floor(this.next() * from.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }
}
