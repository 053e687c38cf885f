import { expect, test } from 'vitest'
import { QUIET_MS, tidyWhenQuiet, WORTHWHILE_BYTES } from './tidy-when-quiet.ts'

function world() {
  let nowMs = 0
  let due: { at: number; run: () => void }[] = []
  let tidied = 0
  const tidying = tidyWhenQuiet({
    tidy: () => void tidied++,
    now: () => nowMs,
    after: (ms, run) => due.push({ at: nowMs + ms, run }),
  })
  return {
    passed: tidying.passed,
    tidied: () => tidied,
    pass: (ms: number) => {
      nowMs += ms
      const ripe = due.filter(({ at }) => at <= nowMs)
      due = due.filter(({ at }) => at > nowMs)
      for (const { run } of ripe) run()
    },
  }
}

test('what passed is cleared away once, when nobody has typed or printed for a while', () => {
  const { passed, pass, tidied } = world()
  passed(WORTHWHILE_BYTES)
  pass(QUIET_MS - 1)
  passed(0)
  pass(QUIET_MS - 1)
  expect(tidied()).toBe(0)
  pass(1)
  expect(tidied()).toBe(1)
  passed(100)
  pass(10 * QUIET_MS)
  expect(tidied()).toBe(1)
})

test('as long as somebody types it is left alone, however much passes', () => {
  const { passed, pass, tidied } = world()
  for (let key = 0; key < 100; key++) {
    passed(WORTHWHILE_BYTES)
    pass(500)
  }
  expect(tidied()).toBe(0)
})

test('little by little it comes to something too', () => {
  const { passed, pass, tidied } = world()
  for (let time = 0; time < 64; time++) {
    passed(WORTHWHILE_BYTES / 16)
    pass(2 * QUIET_MS)
  }
  expect(tidied()).toBe(4)
})
