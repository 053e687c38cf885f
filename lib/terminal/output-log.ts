const LINE_FEED = 0x0a
const ESCAPE = 0x1b

/** The last output of a shell, by position since its beginning. */
export type OutputLog = {
  /** The position after the newest byte. */
  readonly head: number
  /** The position of the oldest byte that is still here. */
  readonly tail: number
  append(bytes: Uint8Array): void
  /** A copy of what lies between two positions; both must be between tail and head. */
  read(from: number, to: number): Buffer
  /** The first position at or after `from` at which a line or a control sequence begins, so that nothing is cut in the middle. */
  cleanStart(from: number): number
}

/**
 * A ring in one piece of memory, got once: chunks are copied into it, so that no small chunk keeps a large buffer of a socket alive.
 * Untouched memory costs nothing, so an idle shell is small.
 */
export function createOutputLog(capacityBytes: number): OutputLog {
  const ring = Buffer.allocUnsafeSlow(capacityBytes)
  let head = 0
  const tail = () => Math.max(0, head - capacityBytes)
  const read = (from: number, to: number) => {
    const start = from % capacityBytes
    const length = to - from
    const copy = Buffer.allocUnsafe(length)
    const first = Math.min(length, capacityBytes - start)
    ring.copy(copy, 0, start, start + first)
    if (first < length) ring.copy(copy, first, 0, length - first)
    return copy
  }
  return {
    get head() {
      return head
    },
    get tail() {
      return tail()
    },
    append(bytes) {
      const kept = bytes.length > capacityBytes ? bytes.subarray(bytes.length - capacityBytes) : bytes
      head += bytes.length - kept.length
      const start = head % capacityBytes
      const first = Math.min(kept.length, capacityBytes - start)
      ring.set(kept.subarray(0, first), start)
      if (first < kept.length) ring.set(kept.subarray(first), 0)
      head += kept.length
    },
    read,
    cleanStart(from) {
      if (from === 0) return 0
      const rest = read(from, head)
      for (let index = 0; index < rest.length; index++) {
        if (rest[index] === LINE_FEED) return from + index + 1
        if (rest[index] === ESCAPE) return from + index
      }
      return from
    },
  }
}
