/*
 * Nobody reads eight megabytes a second, but a flood takes all there is: the gateway's time, and on a small computer that of the machines,
 * the network and the pages too. While somebody types in another terminal, what they press must not queue behind it: floods then go on in
 * small portions with pauses in which there is room for keys. As soon as nobody else types they get everything again.
 */

/** What a flood may take at once, and how long that has to last. */
export const PORTION_BYTES = 32 * 1024
export const PORTION_MS = 4
/** A packet costs as much as so many bytes, however small it is: on its way it is work for six processes. */
export const PACKET_BYTES = 2 * 1024
/** So many floods get this much each; more of them share it. */
export const FLOODS_IN_FULL = 3
/** Somebody types until so long after a key. */
export const TYPING_MS = 1_000

/** One terminal's part in it. */
export type Share = {
  /** The person typed in this terminal. */
  typed(): void
  /** It took a packet of so many bytes from its machine. @returns how long it should take nothing more, ms; 0: it may go on */
  took(bytes: number): number
  /** Whether somebody types in another terminal. */
  readonly isBesideTyping: boolean
  leave(): void
}

export type FairShares = { join(): Share }

type Portion = { startedAtMs: number; bytes: number; heldUntilMs: number }

/** Divides what there is between the terminals of a gateway. @param clock milliseconds, monotonic */
export function createFairShares(clock: () => number): FairShares {
  const portions = new Map<Share, Portion>()
  /** The two that were typed in last: of any terminal it is then known whether another one was. */
  let last: { share: Share | null; atMs: number } = { share: null, atMs: Number.NEGATIVE_INFINITY }
  let before = last
  const floodsAt = (nowMs: number) => {
    // One that was held a moment ago is still the same flood.
    let floods = 0
    for (const { heldUntilMs } of portions.values()) if (heldUntilMs + PORTION_MS > nowMs) floods++
    return floods
  }
  return {
    join() {
      const portion: Portion = { startedAtMs: Number.NEGATIVE_INFINITY, bytes: 0, heldUntilMs: Number.NEGATIVE_INFINITY }
      const share: Share = {
        typed() {
          if (last.share !== share) before = last
          last = { share, atMs: clock() }
        },
        took(bytes) {
          const nowMs = clock()
          if (nowMs >= portion.startedAtMs + PORTION_MS) {
            portion.startedAtMs = nowMs
            portion.bytes = 0
          }
          portion.bytes += Math.max(bytes, PACKET_BYTES)
          if (portion.bytes < PORTION_BYTES || !share.isBesideTyping) return 0
          portion.heldUntilMs = nowMs
          const crowd = Math.max(1, floodsAt(nowMs) / FLOODS_IN_FULL)
          const until = portion.startedAtMs + PORTION_MS * crowd * (portion.bytes / PORTION_BYTES)
          portion.heldUntilMs = until
          portion.startedAtMs = until
          portion.bytes = 0
          return Math.max(1, Math.ceil(until - nowMs))
        },
        get isBesideTyping() {
          const other = last.share === share ? before : last
          return other.share !== null && portions.has(other.share) && clock() - other.atMs < TYPING_MS
        },
        leave() {
          portions.delete(share)
        },
      }
      portions.set(share, portion)
      return share
    },
  }
}
