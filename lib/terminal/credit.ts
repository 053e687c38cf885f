import { CREDIT_HIGH_BYTES, CREDIT_LOW_BYTES } from './protocol.ts'

/**
 * Whether a reader holds its source back, by what it has been given and not yet drawn. What a socket has buffered says nothing about
 * that: only the reader's own acknowledgement does.
 * @param held whether it holds back already: between the two marks it stays as it is
 */
export function holdsBack(held: boolean, unackedBytes: number): boolean {
  return held ? unackedBytes >= CREDIT_LOW_BYTES : unackedBytes > CREDIT_HIGH_BYTES
}

/**
 * An acknowledgement is a position: it never goes back, and never beyond what was sent.
 * @returns the new position, or null where the reader says something impossible
 */
export function acknowledged(ackedSeq: number, sentSeq: number, seq: number): number | null {
  return seq >= ackedSeq && seq <= sentSeq ? seq : null
}
