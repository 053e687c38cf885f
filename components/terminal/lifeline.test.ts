import { expect, test } from 'vitest'
import { holdLifeline } from './lifeline.ts'

/** A clock that a test moves, and what happened by it. */
function world() {
  let now = 10_000
  let timers: { at: number; run: () => void }[] = []
  const told: string[] = []
  const life = holdLifeline({
    ask: () => told.push(`asked at ${now}`),
    onLost: () => told.push(`lost at ${now}`),
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
    now: () => now,
  })
  const pass = (ms: number) => {
    const until = now + ms
    for (;;) {
      const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      timers = timers.filter((one) => one !== next)
      now = next.at
      next.run()
    }
    now = until
  }
  return { life, told, pass, timers: () => timers.length }
}

test('keys that are answered ask nothing, however long one types', () => {
  const { life, told, pass, timers } = world()
  for (let key = 0; key < 100; key++) {
    life.typed()
    pass(50)
    life.heard()
    pass(100)
  }
  pass(60_000)
  expect(told).toEqual([])
  expect(timers()).toBe(0)
})

test('a key of which nothing is heard for two seconds makes it ask, and four more without a word are the end', () => {
  const { life, told, pass, timers } = world()
  life.typed()
  pass(100)
  life.heard()
  pass(900)
  life.typed()
  pass(60_000)
  expect(told).toEqual(['asked at 13000', 'lost at 17000'])
  expect(timers()).toBe(0)
})

test('who types on and on into nothing waits no longer for that', () => {
  const { life, told, pass } = world()
  for (let key = 0; key < 100; key++) {
    life.typed()
    pass(60)
  }
  expect(told).toEqual(['asked at 12000', 'lost at 16000'])
})

test('whatever comes is an answer', () => {
  const { life, told, pass } = world()
  life.check()
  life.check()
  pass(3_999)
  life.heard()
  pass(60_000)
  expect(told).toEqual(['asked at 10000'])
  life.check()
  expect(told).toEqual(['asked at 10000', 'asked at 73999'])
})

test('a connection that was let go of is asked nothing', () => {
  const { life, told, pass, timers } = world()
  life.typed()
  life.close()
  life.check()
  life.close()
  pass(60_000)
  expect(told).toEqual(['asked at 10000'])
  expect(timers()).toBe(0)
})
