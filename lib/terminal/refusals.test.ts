import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createRefusals } from './refusals.ts'

test('a browser that is refused too often is not looked at for a while, others are', () => {
  const refusals = createRefusals({ attempts: 3, perMs: 60_000 })
  for (let count = 0; count < 3; count++) refusals.failed('one', 0)
  expect([refusals.tooMany('one', 0), refusals.tooMany('other', 0)]).toEqual([true, false])
  expect(refusals.tooMany('one', 20_001)).toBe(false)
})

test('what is remembered of browsers does not grow with how much they say of themselves', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const refusals = createRefusals({ attempts: 3, perMs: 60_000 })
  collect()
  const before = process.memoryUsage().heapUsed
  // Each of them flat and of its own, as a header is.
  for (let browser = 0; browser < 5_000; browser++) refusals.failed(Buffer.alloc(12_000, `${browser}=`).toString('latin1'), 0)
  collect()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000)
  expect(refusals.tooMany('nobody', 0)).toBe(false)
})
