import { createHash } from 'node:crypto'

const KEYS_REMEMBERED = 10_000

export type Refusals = {
  /** Whether so many attempts of this browser failed lately that the next is not even looked at. */
  tooMany(key: string, nowMs: number): boolean
  failed(key: string, nowMs: number): void
}

/** Counts failed handshakes by browser: each leaves after a minute by the drop, in the manner of a leaking bucket. */
export function createRefusals(limit: { attempts: number; perMs: number }): Refusals {
  const buckets = new Map<string, { level: number; atMs: number }>()
  const levelOf = (key: string, nowMs: number) => {
    const bucket = buckets.get(key)
    return bucket ? Math.max(0, bucket.level - ((nowMs - bucket.atMs) * limit.attempts) / limit.perMs) : 0
  }
  // What browsers send can be long, and this is kept.
  const short = (key: string) => createHash('sha256').update(key).digest('base64url')
  return {
    tooMany: (key, nowMs) => levelOf(short(key), nowMs) >= limit.attempts,
    failed(browser, nowMs) {
      const key = short(browser)
      const level = levelOf(key, nowMs) + 1
      buckets.delete(key)
      buckets.set(key, { level, atMs: nowMs })
      const oldest = buckets.keys().next().value
      if (buckets.size > KEYS_REMEMBERED && oldest !== undefined) buckets.delete(oldest)
    },
  }
}
