import { expect, test } from 'vitest'
import { createLatency } from './latency.ts'

function keys(...waits: number[]): (number | null)[] {
  const latency = createLatency()
  let now = 1_000
  return waits.map((wait) => {
    latency.typed(now)
    now += wait
    return latency.came(now)
  })
}

test('a way that is felt is shown after a few keys, one slow answer alone is not', () => {
  expect(keys(203, 214, 198)).toEqual([null, null, 200])
  expect(keys(10, 10, 900, 10, 10)).toEqual([null, null, null, null, null])
})

test('it goes when the way is short again', () => {
  expect(keys(200, 200, 200, 10, 10, 10)).toEqual([null, null, 200, 200, 200, null])
})

test('output that nobody typed for, and a program that thinks, are not counted', () => {
  const latency = createLatency()
  expect([1, 2, 3, 4].map((now) => latency.came(now * 1_000))).toEqual([null, null, null, null])
  expect(keys(9_000, 9_000, 9_000, 9_000)).toEqual([null, null, null, null])
})
