import { expect, test } from 'vitest'
import { createInputDesk } from './input-desk.ts'
import { ACCEPT_EVERY_BYTES, INPUT_WINDOW_BYTES } from './protocol.ts'

function world() {
  const typed: string[] = []
  const room: (() => void)[] = []
  const told: [string, number][] = []
  const shell = { there: true }
  const desk = createInputDesk({
    write(bytes, taken) {
      if (!shell.there) return false
      typed.push(Buffer.from(bytes).toString())
      room.push(taken)
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
  shell.there = true
  desk.take('left', 3, Buffer.from('c'))
  expect(typed).toEqual([])
  desk.flush()
  expect(typed).toEqual(['a', 'b', 'c'])
})

test('a window that sends on without being told that there is room is stopped', () => {
  const { desk, room } = world()
  const piece = Buffer.alloc(64 * 1024)
  const most = (2 * INPUT_WINDOW_BYTES) / piece.length
  for (let seq = 1; seq <= most; seq++) expect(desk.take('left', seq, piece)).toBe('taken')
  expect(desk.take('left', most + 1, piece)).toBe('flooded')
  room[0]?.()
  expect(desk.take('left', most + 1, piece)).toBe('taken')
})

test('a window is told how far it has come, but not at every key', () => {
  const { desk, room, told } = world()
  desk.take('left', 1, Buffer.from('a'))
  desk.take('left', 2, Buffer.alloc(ACCEPT_EVERY_BYTES))
  for (const taken of room) taken()
  expect(told).toEqual([['left', 2]])
})
