import type { Client } from 'ssh2'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fail } from '../errors.ts'
import { nextPauseMs, seekMachine } from './seek-machine.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A door at which tries are counted; each is decided by the test. */
function door() {
  const tries: { at: number; signal: AbortSignal; letIn: (client: Client) => void; refuse: (error: unknown) => void }[] = []
  const began = Date.now()
  const openMachine = (signal: AbortSignal) =>
    new Promise<Client>((letIn, refuse) => tries.push({ at: Date.now() - began, signal, letIn, refuse }))
  const destroyed: string[] = []
  const client = (name: string) => ({ name, destroy: () => destroyed.push(name) }) as unknown as Client
  const failed: string[] = []
  const seek = (signal = new AbortController().signal) => seekMachine({ openMachine, signal, onFailed: (code) => failed.push(code) })
  return { tries, client, destroyed, failed, seek }
}

test('a machine that refuses is tried again at short, growing pauses', async () => {
  const { tries, client, failed, seek } = door()
  const sought = seek()
  for (let count = 0; count < 7; count++) {
    tries[count]?.refuse(fail('environment.unreachable'))
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(tries.map(({ at }) => at)).toEqual([0, 100, 1_150, 2_225, 3_338, 4_507, 5_761, 7_000])
  expect(failed).toEqual(Array(7).fill('environment.unreachable'))
  const mine = client('mine')
  tries[7]?.letIn(mine)
  expect(await sought).toBe(mine)
  expect(vi.getTimerCount()).toBe(0)
})

test('a try that hangs is left to hang, others stand beside it, and the first that is let in is taken', async () => {
  const { tries, client, destroyed, failed, seek } = door()
  const sought = seek()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(tries.map(({ at }) => at)).toEqual([0, 1_500, 3_000])
  expect(tries.some(({ signal }) => signal.aborted)).toBe(false)
  // One that came to its own end makes room.
  tries[1]?.refuse(fail('environment.unreachable'))
  await vi.advanceTimersByTimeAsync(100)
  expect(tries).toHaveLength(4)
  const first = client('first')
  tries[0]?.letIn(first)
  expect(await sought).toBe(first)
  expect(tries.slice(2).every(({ signal }) => signal.aborted)).toBe(true)
  tries[2]?.letIn(client('late'))
  tries[3]?.refuse(fail('environment.unreachable'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect([destroyed, failed.length, tries.length, vi.getTimerCount()]).toEqual([['late'], 1, 4, 0])
})

test('what another try does not change ends the search', async () => {
  const { tries, seek } = door()
  const sought = seek()
  tries[0]?.refuse(fail('terminal.host_key_changed'))
  await expect(sought).rejects.toMatchObject({ code: 'terminal.host_key_changed' })
  expect(vi.getTimerCount()).toBe(0)
})

test('who gives up leaves nothing behind', async () => {
  const { tries, client, destroyed, seek } = door()
  const stop = new AbortController()
  const sought = seek(stop.signal)
  stop.abort(new Error('no longer wanted'))
  await expect(sought).rejects.toThrow('no longer wanted')
  tries[0]?.letIn(client('late'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect([tries.length, destroyed, vi.getTimerCount()]).toEqual([1, ['late'], 0])
  await expect(seek(stop.signal)).rejects.toThrow('no longer wanted')
  expect(tries).toHaveLength(1)
})

test('pauses grow up to a second', () => {
  expect([0, 100, 150, 900, 1_000].map(nextPauseMs)).toEqual([100, 150, 225, 1_000, 1_000])
})
