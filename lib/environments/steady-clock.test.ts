import { expect, test } from 'vitest'
import { awake, NOW } from './facts.fixture.ts'
import { sinceSteady, steadyClock } from './steady-clock.ts'

function clocks() {
  const time = { wall: NOW, ticks: 5 }
  const clock = steadyClock(
    () => time.wall,
    () => time.ticks,
  )
  const pass = (ms: number, jumpMs = 0) => {
    time.wall += ms + jumpMs
    time.ticks += ms
  }
  return { clock, pass }
}

test('a clock that runs has been steady since somebody began to look', () => {
  const { clock, pass } = clocks()
  pass(3_600_000)
  expect(clock.now()).toBe(NOW + 3_600_000)
  expect(clock.steadySince()).toBe(NOW)
})

test.each([
  ['forward', 600_000],
  ['back', -600_000],
])('a clock that was put %s is steady from then on', (_, jumpMs) => {
  const { clock, pass } = clocks()
  pass(60_000)
  pass(10, jumpMs)
  const since = clock.steadySince()
  expect(since).toBe(NOW + 60_010 + jumpMs)
  pass(60_000)
  expect(clock.steadySince()).toBe(since)
})

test('a clock that is set right little by little has not jumped', () => {
  const { clock, pass } = clocks()
  for (let step = 0; step < 1_000; step += 1) {
    pass(5_000, 3)
    clock.now()
  }
  expect(clock.steadySince()).toBe(NOW)
})

test('what was noted before the clock was changed is worth nothing: a warning is given once more, and nothing has been under way for long', () => {
  const facts = { ...awake, warnedAt: NOW - 1_000, movingSince: NOW - 900_000 }
  expect(sinceSteady(facts, NOW - 2_000)).toMatchObject({ warnedAt: NOW - 1_000, movingSince: NOW - 2_000 })
  expect(sinceSteady(facts, NOW)).toMatchObject({ warnedAt: null, movingSince: NOW })
  expect(sinceSteady(awake, NOW)).toMatchObject({ warnedAt: null, movingSince: null })
})
