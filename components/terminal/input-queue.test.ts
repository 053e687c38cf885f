import { expect, test } from 'vitest'
import { createInputQueue } from './input-queue.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const texts = (messages: { bytes: Uint8Array }[]) => messages.map((message) => new TextDecoder().decode(message.bytes))

test('what is typed goes out once, numbered from one', () => {
  const queue = createInputQueue()
  queue.add(bytes('a'))
  queue.add(bytes('b'))
  expect(queue.take().map(({ seq }) => seq)).toEqual([1, 2])
  expect(queue.take()).toEqual([])
})

test('after a lost connection to the same stream, what was not taken is sent again', () => {
  const queue = createInputQueue()
  for (const key of 'abc') queue.add(bytes(key))
  queue.take()
  queue.add(bytes('d'))
  queue.resume(2, true)
  expect(queue.take().map(({ seq, bytes: sent }) => [seq, new TextDecoder().decode(sent)])).toEqual([
    [3, 'c'],
    [4, 'd'],
  ])
})

test('a new stream gets only what never went out', () => {
  const queue = createInputQueue()
  queue.add(bytes('rm important\r'))
  queue.take()
  queue.add(bytes('held'))
  queue.resume(0, false)
  const sent = queue.take()
  expect(texts(sent)).toEqual(['held'])
  expect(sent[0]?.seq).toBe(1)
})

test('a large paste goes out in pieces, as far as there is room', () => {
  const queue = createInputQueue()
  queue.add(new Uint8Array(300 * 1024))
  const first = queue.take()
  expect(first.map((message) => message.bytes.length)).toEqual(Array(8).fill(16 * 1024))
  queue.accepted(4)
  expect(queue.take().map(({ seq }) => seq)).toEqual([9, 10, 11, 12])
  expect(queue.add(new Uint8Array(5 * 1024 * 1024))).toBe(false)
})

test('what a gateway that goes away in peace has not passed on is typed by the next', () => {
  const queue = createInputQueue()
  for (const key of 'abc') queue.add(bytes(key))
  queue.take()
  queue.accepted(1)
  queue.settle()
  queue.add(bytes('d'))
  queue.resume(0, false)
  expect(queue.take().map(({ seq, bytes: sent }) => [seq, new TextDecoder().decode(sent)])).toEqual([
    [1, 'b'],
    [2, 'c'],
    [3, 'd'],
  ])
})
