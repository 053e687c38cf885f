import { expect, test } from 'vitest'
import { readClipboardRequest } from './clipboard-request.ts'

test('a text that a program wants on the clipboard is read', () => {
  expect(readClipboardRequest(`c;${btoa('hello')}`)).toBe('hello')
  expect(readClipboardRequest(`;${Buffer.from('Grüße 🌍').toString('base64')}`)).toBe('Grüße 🌍')
})

test.each([
  ['c;?'],
  ['c;'],
  ['c'],
  ['c;***'],
  [`x;${btoa('a')}`],
  [`c;${Buffer.from([0xff, 0xfe]).toString('base64')}`],
  [`c;${'A'.repeat(1_500_000)}`],
])('reading the clipboard, and what is no text, is not answered: %.20s', (data) => {
  expect(readClipboardRequest(data)).toBe(null)
})
