import { expect, test } from 'vitest'
import { createInputDesk } from './input-desk.ts'
import { ACCEPT_EVERY_BYTES, INPUT_WINDOW_BYTES } from './protocol.ts'

function world() {
  const typed: string[] = []
  const room: (() => void)[] = []
  const told: [string, number][] = []
  /** `eager`: it has room for whatever comes. */
  const shell = { there: true, eager: true }
  const desk = createInputDesk({
    write(bytes, taken) {
      if (!shell.there) return false
      typed.push(Buffer.from(bytes).toString())
      if (shell.eager) taken()
      else room.push(taken)
      return true
    },
    onAccepted: (client, seq) => told.push([client, seq]),
  })
  return { desk, typed, room, told, shell }
}

test('each message is typed once and in order, by each window for itself', () => {
  const { desk, typed } = world()
  expect(desk.take('left', 1, Buffer.from('a'))).toBe('taken')
  expect(desk.take('left', 1, Buffer.from('a'))).toBe('known')
  expect(desk.take('left', 3, Buffer.from('c'))).toBe('disordered')
  expect(desk.take('right', 1, Buffer.from('z'))).toBe('taken')
  expect(desk.take('left', 2, Buffer.from('b'))).toBe('taken')
  expect(typed).toEqual(['a', 'z', 'b'])
  expect([desk.accepted('left'), desk.accepted('right'), desk.accepted('nobody')]).toEqual([2, 1, 0])
})

test('what is typed before the shell is there waits for it', () => {
  const { desk, typed, shell } = world()
  shell.there = false
  desk.take('left', 1, Buffer.from('a'))
  desk.take('left', 2, Buffer.from('b'))
  expect(typed).toEqual([])
  shell.there = true
  desk.flush()
  desk.take('left', 3, Buffer.from('c'))
  expect(typed).toEqual(['a', 'b', 'c'])
})

test('a window that sends on without being told that there is room is stopped', () => {
  const { desk, room, shell } = world()
  shell.eager = false
  const piece = Buffer.alloc(64 * 1024)
  const most = (2 * INPUT_WINDOW_BYTES) / piece.length
  for (let seq = 1; seq <= most; seq++) expect(desk.take('left', seq, piece)).toBe('taken')
  expect(desk.take('left', most + 1, piece)).toBe('flooded')
  room[0]?.()
  expect(desk.take('left', most + 1, piece)).toBe('taken')
})

test('a window is told how far it has come, but not at every key', () => {
  const { desk, told } = world()
  desk.take('left', 1, Buffer.from('a'))
  desk.take('left', 2, Buffer.alloc(ACCEPT_EVERY_BYTES))
  expect(told).toEqual([['left', 2]])
})

test('what was being written to a shell that is gone is not written to the next, what waited is', () => {
  const { desk, typed, room, shell } = world()
  shell.eager = false
  desk.take('left', 1, Buffer.from('a'))
  desk.take('left', 2, Buffer.from('b'))
  expect(typed).toEqual(['a'])
  shell.there = false
  desk.lost()
  shell.there = true
  desk.flush()
  expect(typed).toEqual(['a', 'b'])
  // The old shell's last word does not count for the new one.
  room[0]?.()
  desk.take('left', 3, Buffer.from('c'))
  expect(typed).toEqual(['a', 'b'])
  room[1]?.()
  expect(typed).toEqual(['a', 'b', 'c'])
})

test('a desk that closes sees through what is being written, and tells of each window how far that is', async () => {
  const { desk, typed, room, shell } = world()
  shell.eager = false
  desk.take('left', 1, Buffer.from('a'))
  desk.take('right', 1, Buffer.from('z'))
  desk.take('left', 2, Buffer.from('b'))
  let closed = false
  const closing = desk.close().then(() => {
    closed = true
  })
  expect(desk.take('left', 3, Buffer.from('c'))).toBe('closed')
  await Promise.resolve()
  expect(closed).toBe(false)
  room[0]?.()
  await closing
  expect(typed).toEqual(['a'])
  expect([desk.passed('left'), desk.passed('right')]).toEqual([1, 0])
})

test('a desk whose shell takes nothing closes when the shell is lost', async () => {
  const { desk, shell } = world()
  shell.eager = false
  desk.take('left', 1, Buffer.from('a'))
  const closing = desk.close()
  desk.lost()
  await closing
  // It may have arrived: it is not typed again.
  expect(desk.passed('left')).toBe(1)
})
