import { expect, test } from 'vitest'
import { createUseReport } from './use-report.ts'

function world(answer = { nextInMs: 250 }) {
  const told: number[] = []
  const failed: unknown[] = []
  const here = { now: 0, broken: false }
  const report = createUseReport({
    async touch() {
      told.push(here.now)
      if (here.broken) throw new Error('no database')
      return answer
    },
    clock: () => here.now,
    onFailed: (error) => failed.push(error),
  })
  const type = async (now: number) => {
    here.now = now
    report.typed('e')
    await Promise.resolve()
      .then(() => {})
      .then(() => {})
  }
  return { told, failed, here, report, type }
}

test('whoever types all the time is told of as often as it was asked for', async () => {
  const { told, type } = world()
  for (let now = 0; now < 1_000; now += 10) await type(now)
  expect(told).toEqual([0, 250, 500, 750])
})

test('while a warning is on, the next key is told at once, and one of them', async () => {
  const { told, report, type } = world({ nextInMs: 60_000 })
  await type(0)
  await type(10)
  report.warned('e', true)
  await type(20)
  await type(30)
  report.warned('e', true)
  report.warned('e', false)
  await type(40)
  expect(told).toEqual([0, 20])
})

test('what could not be told is told soon after', async () => {
  const { told, failed, here, type } = world()
  here.broken = true
  await type(0)
  here.broken = false
  await type(4_000)
  await type(5_000)
  expect(told).toEqual([0, 5_000])
  expect(failed).toHaveLength(1)
})

test('keys before the answer is here are told by it', async () => {
  const told: number[] = []
  const { promise, resolve } = Promise.withResolvers<{ nextInMs: number }>()
  let now = 0
  const touch = () => {
    told.push(now)
    return promise
  }
  const report = createUseReport({ touch, clock: () => now, onFailed: () => {} })
  report.typed('e')
  now = 100
  report.typed('e')
  resolve({ nextInMs: 50 })
  await promise
  now = 160
  report.typed('e')
  expect(told).toEqual([0, 160])
})
