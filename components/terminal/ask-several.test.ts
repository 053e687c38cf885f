import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { askSeveral } from './ask-several.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What was asked, each with its own end. */
function world() {
  const asked: { answer: (word: string) => void; fail: (error: Error) => void; signal: AbortSignal }[] = []
  const end = new AbortController()
  const answer = askSeveral(
    (signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      asked.push({ answer: resolve, fail: reject, signal })
      return promise
    },
    { signal: end.signal, everyMs: 1_000, most: 3 },
  )
  answer.catch(() => {})
  return { asked, end, answer }
}

test('who is answered in time is asked once', async () => {
  const { asked, answer } = world()
  asked[0]?.answer('first')
  expect(await answer).toBe('first')
  vi.advanceTimersByTime(10_000)
  expect(asked).toHaveLength(1)
})

test('while nothing is heard it is asked again, up to a bound; the first answer counts, and the others are let go of', async () => {
  const { asked, answer } = world()
  vi.advanceTimersByTime(60_000)
  expect(asked).toHaveLength(3)
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, false, false])
  asked[1]?.answer('second')
  expect(await answer).toBe('second')
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true, true])
  expect(vi.getTimerCount()).toBe(0)
})

test('what cannot be asked at all is not asked again', async () => {
  const { asked, answer } = world()
  asked[0]?.fail(new Error('no network'))
  await expect(answer).rejects.toThrow('no network')
  vi.advanceTimersByTime(10_000)
  expect(asked).toHaveLength(1)
})

test('who does not wait any more asks no more', async () => {
  const { asked, end, answer } = world()
  end.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
  expect(asked[0]?.signal.aborted).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})
