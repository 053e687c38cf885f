import { expect, test } from 'vitest'
import { createStandings, type Standing } from './standings.ts'

const asleep: Standing = { power: 'asleep', warned: false }
const waking: Standing = { power: 'waking', warned: false }

test('an answer that was overtaken by a newer one is not believed', async () => {
  const told: Standing[] = []
  const standings = createStandings((_id, standing) => told.push(standing))
  const slow = Promise.withResolvers<Standing>()
  const first = standings.read({ environmentId: 'e' }, () => slow.promise)
  await standings.read({ environmentId: 'e' }, async () => waking)
  slow.resolve(asleep)
  await first
  expect(told).toEqual([waking])
  expect(standings.of('e')).toEqual(waking)
})

test('what was not read is awake, what is not looked at is forgotten, and what cannot be read stays as it was', async () => {
  const standings = createStandings(() => {})
  expect(standings.of('e').power).toBe('awake')
  await standings.read({ environmentId: 'e' }, async () => asleep)
  await expect(standings.read({ environmentId: 'e' }, () => Promise.reject(new Error('no database')))).rejects.toThrow('no database')
  expect(standings.of('e')).toEqual(asleep)
  standings.keepOnly(new Set(['e']))
  expect(standings.of('e')).toEqual(asleep)
  standings.keepOnly(new Set())
  expect(standings.of('e').power).toBe('awake')
})
