import { EventEmitter } from 'node:events'
import type { Client } from 'ssh2'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { askForLife, watchLife } from './sign-of-life.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A connection that answers as the test says; what real machines answer is seen in sleep.test.ts. */
function connection() {
  const here = { asked: 0, answers: true, standing: true, silences: 0 }
  const events = new EventEmitter()
  const close = () => {
    here.standing = false
    events.emit('close')
  }
  const client = Object.assign(events, {
    unforwardIn(_address: string, _port: number, answered: () => void) {
      if (!here.standing) throw new Error('Not connected')
      here.asked++
      if (here.answers) queueMicrotask(answered)
    },
    destroy: close,
  }) as unknown as Client
  const onSilent = () => void here.silences++
  const left = () => [vi.getTimerCount(), events.listenerCount('close')]
  return { client, here, close, left, onSilent }
}

test('a connection is asked from time to time, and no more when it need not be', async () => {
  const { client, here, left, onSilent } = connection()
  const stop = watchLife(client, { everyMs: 15_000, limitMs: 30_000, onSilent })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(here.asked).toBe(4)
  stop()
  stop()
  expect(left()).toEqual([0, 0])
  await vi.advanceTimersByTimeAsync(600_000)
  expect([here.asked, here.standing]).toEqual([4, true])
})

test('of a connection that stays silent it is said once, and it is left as it is', async () => {
  const { client, here, left, onSilent } = connection()
  watchLife(client, { everyMs: 15_000, limitMs: 30_000, onSilent })
  here.answers = false
  await vi.advanceTimersByTimeAsync(44_999)
  expect(here.silences).toBe(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(here).toMatchObject({ silences: 1, standing: true })
  await vi.advanceTimersByTimeAsync(600_000)
  expect(here).toMatchObject({ silences: 1, standing: true })
  expect(left()).toEqual([0, 0])
})

test('a question that is no longer wanted neither says anything nor waits', async () => {
  const { client, here, left, onSilent } = connection()
  here.answers = false
  const stop = watchLife(client, { everyMs: 15_000, limitMs: 30_000, onSilent })
  await vi.advanceTimersByTimeAsync(20_000)
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([here.silences, ...left()]).toEqual([0, 0, 0])
})

test('no connection, no life', async () => {
  const { client, here, close, left } = connection()
  here.answers = false
  const asked = askForLife(client, 5_000)
  close()
  expect(await asked).toBe(false)
  expect(await askForLife(client, 5_000)).toBe(false)
  expect(left()).toEqual([0, 0])
})
