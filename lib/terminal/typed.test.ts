import { expect, test } from 'vitest'
import { isTyped } from './typed.ts'

const typed = (text: string) => isTyped(Buffer.from(text, 'latin1'))

test('keys, pastes and the mouse are a person’s', () => {
  for (const text of [
    'a',
    '\r',
    '\x03',
    '\x1b',
    '\x1b[A',
    '\x1bOP',
    '\x1b[1;5C',
    '\x1b[200~ls\x1b[201~',
    '\x1b[<0;10;5M',
    '\x1b[M !!',
    '\x1bb',
  ])
    expect([text, typed(text)]).toEqual([text, true])
})

test('what a terminal answers to a program is nobody’s', () => {
  const answers = ['\x1b[12;40R', '\x1b[?1;2c', '\x1b[>0;276;0c', '\x1b[0n', '\x1b[?2026;2$y', '\x1b[8;24;80t']
  const colours = ['\x1b]10;rgb:ffff/ffff/ffff\x1b\\', '\x1b]11;rgb:0000/0000/0000\x07', '\x1bP1$r0m\x1b\\']
  const focus = ['\x1b[I', '\x1b[O']
  for (const text of [...answers, ...colours, ...focus, answers.join(''), '']) expect([text, typed(text)]).toEqual([text, false])
})

test('a key among answers counts', () => {
  expect(typed('\x1b[12;40Rq')).toBe(true)
  expect(typed('\x1b[12;40R\x1b[A')).toBe(true)
})
