import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFairShares, FLOODS_IN_FULL, PACKET_BYTES, PORTION_BYTES, PORTION_MS, type Share, TYPING_MS } from './fair-share.ts'

function room() {
  let nowMs = 1_000
  const shares = createFairShares(() => nowMs)
  return {
    join: () => shares.join(),
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

type Flooding = { pass: (ms: number) => void; typist: Share; floods: Share[]; chunk: number; forMs: number }

/** Lets floods take chunks whenever they may, while somebody types. @returns what each got in so many ms */
function flooding({ pass, typist, floods, chunk, forMs }: Flooding) {
  const got = floods.map(() => 0)
  const free = floods.map(() => 0)
  for (let ms = 0; ms < forMs; ms++) {
    typist.typed()
    for (const [index, flood] of floods.entries()) {
      while ((free[index] ?? 0) <= ms) {
        got[index] = (got[index] ?? 0) + chunk
        const holdMs = flood.took(chunk)
        if (holdMs > 0) free[index] = ms + holdMs
      }
    }
    pass(1)
  }
  return got
}

test('a flood gets everything while nobody else types, also where its own reader does', () => {
  const { join } = room()
  const flood = join()
  join()
  flood.typed()
  expect(Array.from({ length: 100 }, () => flood.took(64 * 1024))).toEqual(Array.from({ length: 100 }, () => 0))
})

test('beside somebody who types a flood gets its portions, however large the pieces are in which it comes', () => {
  fc.assert(
    fc.property(fc.integer({ min: PACKET_BYTES, max: 4 * PORTION_BYTES }), (chunk) => {
      const { join, pass } = room()
      const [got = 0] = flooding({ pass, typist: join(), floods: [join()], chunk, forMs: 1_000 })
      const wanted = (1_000 / PORTION_MS) * PORTION_BYTES
      expect(got).toBeLessThanOrEqual(wanted + chunk + PORTION_BYTES)
      expect(got).toBeGreaterThan(wanted / 2)
    }),
  )
})

test('many floods together get no more than some do', () => {
  const { join, pass } = room()
  const floods = Array.from({ length: 12 }, join)
  const got = flooding({ pass, typist: join(), floods, chunk: 8 * 1024, forMs: 2_000 })
  const all = got.reduce((sum, one) => sum + one, 0)
  const wanted = (2_000 / PORTION_MS) * PORTION_BYTES * FLOODS_IN_FULL
  expect(all).toBeLessThan(1.2 * wanted)
  expect(Math.min(...got)).toBeGreaterThan(wanted / 12 / 2)
})

test('who prints little is never held up', () => {
  const { join, pass } = room()
  const [typist, quiet] = [join(), join()]
  for (let ms = 0; ms < 500; ms++) {
    typist.typed()
    expect(quiet.took(PORTION_BYTES / PORTION_MS / 2)).toBe(0)
    pass(1)
  }
})

test('many small packets are a flood as well: they cost more than their bytes', () => {
  const { join, pass } = room()
  const [typist, flood] = [join(), join()]
  typist.typed()
  let packets = 0
  for (let ms = 0; ms < 100; ms++) {
    // Whoever is held takes nothing until then.
    for (let held = 0; held === 0; packets++) held = flood.took(40)
    pass(PORTION_MS)
  }
  expect(packets).toBe((100 * PORTION_BYTES) / PACKET_BYTES)
})

test('a second after the last key elsewhere, or when that terminal is over, a flood gets everything again', () => {
  const { join, pass } = room()
  const [typist, flood] = [join(), join()]
  typist.typed()
  flood.typed()
  expect(flood.took(PORTION_BYTES)).toBe(PORTION_MS)
  expect([flood.isBesideTyping, typist.isBesideTyping]).toEqual([true, true])
  pass(TYPING_MS)
  expect(flood.took(PORTION_BYTES)).toBe(0)
  typist.typed()
  expect(flood.isBesideTyping).toBe(true)
  typist.leave()
  expect(flood.isBesideTyping).toBe(false)
})
