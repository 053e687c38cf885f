import { expect, test } from 'vitest'
import { cellsOf, isRightToLeft, rightToLeftRuns } from './right-to-left.ts'

const runs = (text: string) => rightToLeftRuns(text).map(([start, end]) => text.slice(start, end))

test('a sentence is one run, with the numbers and marks within it and the number that ends it', () => {
  expect(runs('$ echo שלום עולם!')).toEqual(['שלום עולם'])
  expect(runs('12 קבצים, 40% מלא 7 ok')).toEqual(['קבצים, 40% מלא 7'])
  expect(runs('مرحبا بالعالم (٣)')).toEqual(['مرحبا بالعالم (٣'])
})

test('columns, boxes, arguments and the parts of a path keep their order', () => {
  expect(runs('cp "קובץ א.txt" "תיקיה ב"')).toEqual(['קובץ א', 'תיקיה ב'])
  expect(runs('צה"ל ג\'ירפה')).toEqual(['צה"ל ג\'ירפה'])
  expect(runs('שלום  עולם')).toEqual(['שלום', 'עולם'])
  expect(runs('│שלום │עולם │')).toEqual(['שלום', 'עולם'])
  expect(runs('/בית/תיקיה/קובץ.txt')).toEqual(['בית', 'תיקיה', 'קובץ'])
  expect(runs('אב abc גד')).toEqual(['אב', 'גד'])
})

test('what reads from left to right has no run, and a lone letter is none', () => {
  expect(runs('ls -l 日本 🦊 é א')).toEqual([])
  expect(runs('')).toEqual([])
})

test('a long line of letters and marks is read in one go', () => {
  const line = `א${'.'.repeat(5000)}`
  expect(runs(line.repeat(40))).toHaveLength(1)
  expect(runs(`${'א '.repeat(5000)} x`)).toHaveLength(1)
})

test('a mark upon a letter takes no cell', () => {
  expect(cellsOf('שָׁלוֹם')).toBe(4)
  expect(cellsOf('ab 1')).toBe(4)
})

test('Hebrew, Arabic and their presentation forms are from right to left, and nothing that is printed more often', () => {
  for (const letter of 'אשםعربﻼﬡ') expect(isRightToLeft(letter.codePointAt(0) ?? 0)).toBe(true)
  for (const letter of ['a', 'é', 'Я', '日', '🦊', '─', '', '\ufeff']) expect(isRightToLeft(letter.codePointAt(0) ?? 0)).toBe(false)
})
