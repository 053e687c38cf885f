import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { afterFlush, atRest, createCoalescer, WINDOW_MS, whenToFlush } from './coalesce.ts'

test('the echo of a key goes out at the end of its tick', () => {
  expect(whenToFlush(atRest, 1, 1_000)).toEqual({ kind: 'tick' })
  const typing = afterFlush(atRest, 100, 1_000)
  expect(whenToFlush(typing, 1, 1_002)).toEqual({ kind: 'tick' })
})

test('once 4 KB went out, the rest of the window is waited for', () => {
  const busy = afterFlush(afterFlush(atRest, 3_000, 1_000), 2_000, 1_001)
  expect(whenToFlush(busy, 10, 1_003)).toEqual({ kind: 'wait', ms: 5 })
  expect(whenToFlush(busy, 10, 1_008)).toEqual({ kind: 'tick' })
  expect(afterFlush(busy, 10, 1_008)).toEqual({ startedAtMs: 1_008, sentBytes: 10 })
})

test('64 KB never wait', () => {
  const busy = afterFlush(atRest, 60_000, 1_000)
  expect(whenToFlush(busy, 64 * 1024, 1_001)).toEqual({ kind: 'now' })
})

test('nothing waits longer than a window, whatever arrives when', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 20 }), bytes: fc.integer({ min: 1, max: 100_000 }) })),
      (arrivals) => {
        let rate = atRest
        let nowMs = 0
        for (const { afterMs, bytes } of arrivals) {
          nowMs += afterMs
          const when = whenToFlush(rate, bytes, nowMs)
          const ms = when.kind === 'wait' ? when.ms : 0
          expect(ms).toBeGreaterThanOrEqual(0)
          expect(ms).toBeLessThanOrEqual(WINDOW_MS)
          nowMs += ms
          rate = afterFlush(rate, bytes, nowMs)
        }
      },
    ),
  )
})

test('one flush serves everything that came in one tick, and closing calls off what waits', async () => {
  const flush = vi.fn(() => 10)
  const coalescer = createCoalescer(flush, () => 0)
  coalescer.more(5)
  coalescer.more(10)
  expect(flush).not.toHaveBeenCalled()
  await new Promise((resolve) => setImmediate(resolve))
  expect(flush).toHaveBeenCalledTimes(1)
  coalescer.more(1)
  coalescer.close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(flush).toHaveBeenCalledTimes(1)
})
