import { expect, test } from 'vitest'
import { acknowledged, holdsBack } from './credit.ts'
import { readBytes, readHello, readSeq, readSize } from './protocol.ts'
import { createRefusals } from './refusals.ts'

const id = '01990000-0000-7000-8000-000000000001'
const ok = {
  launch: id,
  environment: id,
  generation: 1,
  host: 'node1',
  tab: '1',
  mode: 'write',
  ticket: 'a-ticket-of-some-length',
  client: 'page-1234',
  last: { epoch: 'epoch-123', seq: 7 },
  size: { cols: 80, rows: 24 },
}

test('a greeting in order is understood, with and without a last position', () => {
  expect(readHello(ok)).toEqual(ok)
  expect(readHello({ ...ok, last: null })).toEqual({ ...ok, last: null })
  expect(readHello({ ...ok, keeps: 5_024 })).toEqual({ ...ok, keeps: 5_024 })
})

test.each([
  ['nothing', null],
  ['a launch that is no id', { ...ok, launch: '../x' }],
  ['an environment that is no id', { ...ok, environment: 7 }],
  ['no ticket', { ...ok, ticket: undefined }],
  ['a ticket of any length', { ...ok, ticket: 'x'.repeat(1_000) }],
  ['a client of any length', { ...ok, client: 'x'.repeat(100) }],
  ['an unknown mode', { ...ok, mode: 'own' }],
  ['a negative position', { ...ok, last: { epoch: 'epoch-123', seq: -1 } }],
  ['a fraction of a column', { ...ok, size: { cols: 80.5, rows: 24 } }],
  ['a terminal that keeps nothing', { ...ok, keeps: 0 }],
  ['a wall of columns', { ...ok, size: { cols: 5_000, rows: 24 } }],
])('a greeting with %s is refused', (_what, value) => {
  expect(readHello(value)).toBeNull()
})

test('sizes, numbers and bytes have bounds', () => {
  expect(readSize({ cols: 2, rows: 1 })).toEqual({ cols: 2, rows: 1 })
  expect([readSize({ cols: 1, rows: 1 }), readSize('80x24'), readSize(null)]).toEqual([null, null, null])
  expect([readSeq(0), readSeq(-1), readSeq(1.5), readSeq(2 ** 60), readSeq('1')]).toEqual([0, null, null, null, null])
  expect([readBytes(new Uint8Array()), readBytes('x'), readBytes(new Uint8Array(65 * 1024))]).toEqual([null, null, null])
  expect(readBytes(new Uint8Array(64 * 1024))?.length).toBe(64 * 1024)
})

test('a reader holds its source back above 256 KB, until less than 64 KB are left', () => {
  expect(holdsBack(false, 256 * 1024)).toBe(false)
  expect(holdsBack(false, 256 * 1024 + 1)).toBe(true)
  expect(holdsBack(true, 64 * 1024)).toBe(true)
  expect(holdsBack(true, 64 * 1024 - 1)).toBe(false)
})

test('an acknowledgement never goes back and never ahead of what was sent', () => {
  expect([acknowledged(5, 10, 7), acknowledged(5, 10, 4), acknowledged(5, 10, 11)]).toEqual([7, null, null])
})

test('failed handshakes are counted by browser, and forgiven one by one', () => {
  const refusals = createRefusals({ attempts: 3, perMs: 3_000 })
  for (let count = 0; count < 3; count++) refusals.failed('a', 0)
  expect(refusals.tooMany('a', 0)).toBe(true)
  expect(refusals.tooMany('b', 0)).toBe(false)
  expect(refusals.tooMany('a', 1_000)).toBe(false)
})
