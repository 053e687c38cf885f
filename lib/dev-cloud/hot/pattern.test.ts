import { expect, test } from 'vitest'
import { matches, PatternTrouble, readPattern } from './pattern.ts'

test.each([
  ['[a-z]+', 'abc', true],
  ['[a-z]+', 'abc1', false],
  ['a|ab', 'ab', false],
  ['^[a-z]+$', 'abc', true],
  ['(?i)[a-z]+', 'ABC', true],
  ['(?P<x>a)-(?P=x)', 'a-a', true],
  ['[]x]+', ']x', true],
  ['\\Aa\\Z', 'a', true],
  ['a$', 'a\n', false],
  ['[\\w\\-\\.]+@example\\.org', 'a-b.c@example.org', true],
  ['(?=.*[A-Z]).{4,}', 'abcD', true],
  ['', '', true],
])('%j and %j as Python sees them: %j', (pattern, value, match) => {
  expect(matches(pattern, value)).toBe(match)
})

test('a pattern that would look forever is given up, and soon all of them are', () => {
  const long = `${'a'.repeat(60)}!`
  expect(() => matches('(a+)+b', long, 1e12)).toThrow(PatternTrouble)
  for (let count = 0; count < 100; count += 1) expect(() => matches('(a|a)*b', long, 1e12)).toThrow(PatternTrouble)
  expect(() => matches('a', 'a', 1e12 + 1)).toThrow('the patterns of this template take too long')
  expect(matches('a', 'a', 2e12)).toBe(true)
})

test('what is no pattern is told before it is used', () => {
  expect(() => readPattern('(a')).toThrow(PatternTrouble)
})
