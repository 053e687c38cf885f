import { expect, test } from 'vitest'
import { clockSkew } from './clock-skew.ts'

const NOW = 1_000_000

test('the first message says how far the clocks are apart', () => {
  expect(clockSkew(null, NOW + 90_000, NOW)).toBe(90_000)
})

test('a message that was under way for long does not put the clock back', () => {
  expect(clockSkew(90_000, NOW + 90_000, NOW + 1_200)).toBe(90_000)
})

test('a message that was quicker than all before is believed', () => {
  expect(clockSkew(90_000, NOW + 90_000, NOW - 300)).toBe(90_300)
})

test('a clock that somebody has set is followed in both directions', () => {
  expect(clockSkew(90_000, NOW, NOW)).toBe(0)
  expect(clockSkew(0, NOW + 3_600_000, NOW)).toBe(3_600_000)
})
