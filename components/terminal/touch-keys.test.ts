import { expect, test } from 'vitest'
import { nothingHeld, touchKeyText, withHeld } from './touch-keys.ts'

const ctrl = { ctrl: true, alt: false }
const alt = { ctrl: false, alt: true }

test('keys that a touch keyboard lacks send what a keyboard sends', () => {
  expect(touchKeyText('esc', nothingHeld, false)).toBe('\x1b')
  expect(touchKeyText('up', nothingHeld, false)).toBe('\x1b[A')
  expect(touchKeyText('up', nothingHeld, true)).toBe('\x1bOA')
  expect(touchKeyText('left', ctrl, true)).toBe('\x1b[1;5D')
  expect(touchKeyText('pageUp', nothingHeld, false)).toBe('\x1b[5~')
  expect(touchKeyText('pageDown', ctrl, false)).toBe('\x1b[6;5~')
})

test('what is held is held for the next key only', () => {
  expect(withHeld('c', ctrl)).toBe('\x03')
  expect(withHeld('C', ctrl)).toBe('\x03')
  expect(withHeld('[', ctrl)).toBe('\x1b')
  expect(withHeld(' ', ctrl)).toBe('\0')
  expect(withHeld('5', ctrl)).toBe('5')
  expect(withHeld('b', alt)).toBe('\x1bb')
  expect(withHeld('cd', ctrl)).toBe('\x03d')
  expect(withHeld('ä', ctrl)).toBe('ä')
})
