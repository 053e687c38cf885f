import { expect, test } from 'vitest'
import { createLine } from './line.ts'

test('no more run at the same time than may, and whoever comes first is served first', async () => {
  const inLine = createLine(2)
  const begun: number[] = []
  const works = [1, 2, 3, 4].map((number) => ({ number, ...Promise.withResolvers<number>() }))
  const served = works.map(({ number, promise }) =>
    inLine(() => {
      begun.push(number)
      return promise
    }),
  )
  await new Promise(setImmediate)
  expect(begun).toEqual([1, 2])
  works[1]?.resolve(20)
  expect(await served[1]).toBe(20)
  await new Promise(setImmediate)
  expect(begun).toEqual([1, 2, 3])
  for (const { resolve } of works) resolve(0)
  await Promise.all(served)
  expect(begun).toEqual([1, 2, 3, 4])
})

test('a work that fails makes room like any other', async () => {
  const inLine = createLine(1)
  const failed = inLine(async () => {
    throw new Error('no')
  })
  const next = inLine(async () => 'served')
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('served')
})
