import { expect, test } from 'vitest'
import { PASTE_MOST_CHARACTERS, pasting } from './pasting.ts'

test('one line without its end is pasted as it is', () => {
  expect(pasting('ls -l', false)).toEqual({ kind: 'paste' })
})

test('lines that would run at once are asked about, and counted as they would run', () => {
  expect(pasting('ls\n', false)).toEqual({ kind: 'ask', lines: 1 })
  expect(pasting('a\r\nb\rc\n\n', false)).toEqual({ kind: 'ask', lines: 3 })
})

test('a program that knows what is pasted is given many lines without a question', () => {
  expect(pasting('a\n'.repeat(20_000), true)).toEqual({ kind: 'paste' })
})

test('more than can be held is refused', () => {
  expect(pasting('x'.repeat(PASTE_MOST_CHARACTERS + 1), true)).toEqual({ kind: 'refuse' })
})
