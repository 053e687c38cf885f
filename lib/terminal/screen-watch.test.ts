import { expect, test } from 'vitest'
import type { Size } from './protocol.ts'
import { watchScreen } from './screen-watch.ts'

function watched() {
  const screen = watchScreen(
    () => null,
    (): Size => ({ cols: 80, rows: 24 }),
  )
  let head = 0
  return {
    screen,
    /** @returns the position of its first byte */
    print: (text: string) => {
      const at = head
      screen.look(Buffer.from(text), at)
      head += Buffer.byteLength(text)
      return at
    },
  }
}

test('it is known at which positions a program had the screen', () => {
  const { screen, print } = watched()
  print('$ vim\r\n')
  const taken = print('\x1b[?1049hdrawn')
  const inside = print('more')
  const left = print('\x1b[?1049l$ ')
  expect(screen.alternate).toBe(false)
  expect([0, taken, inside, left, left + 1].map((position) => screen.alternateAt(position))).toEqual([false, false, true, true, false])
})

test.each([1, 2, 5])('a program that takes the screen is noticed when that arrives in pieces of %i', (length) => {
  const { screen, print } = watched()
  const text = 'before\x1b[?1049hafter'
  for (let at = 0; at < text.length; at += length) print(text.slice(at, at + length))
  expect(screen.alternate).toBe(true)
  expect([6, 7].map((position) => screen.alternateAt(position))).toEqual([false, true])
})

test('a screen that is taken and left in one message was nobody’s', () => {
  const { screen, print } = watched()
  print('\x1b[?1049h drawn \x1b[?1049l$ ')
  expect(screen.alternate).toBe(false)
  expect(screen.alternateAt(20)).toBe(false)
})
