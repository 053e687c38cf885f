import { expect, test } from 'vitest'
import { breathe, createTurns } from './breathe.ts'

test('of several terminals that open at once the one in sight is opened first, and one at a time', async () => {
  const turns = createTurns()
  const told: string[] = []
  const open = (name: string) => async () => {
    told.push(`${name} begins`)
    await breathe()
    told.push(`${name} is open`)
    return name
  }
  const opened = await Promise.all([turns.take(open('hidden'), false), turns.take(open('in sight'), true)])
  expect(opened).toEqual(['hidden', 'in sight'])
  expect(told).toEqual(['in sight begins', 'in sight is open', 'hidden begins', 'hidden is open'])
})

test('a terminal that cannot be opened says so to who asked for it, and the next one opens', async () => {
  const turns = createTurns()
  const broken = turns.take(() => Promise.reject(new Error('no canvas')), true)
  const next = turns.take(() => Promise.resolve('open'), true)
  await expect(broken).rejects.toThrow('no canvas')
  expect(await next).toBe('open')
  expect(await turns.take(() => Promise.resolve('later'), false)).toBe('later')
})
