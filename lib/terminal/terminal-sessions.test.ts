import { afterEach, expect, test } from 'vitest'
import type { Window } from './terminal-session.ts'
import { createTerminalSessions, type TerminalSessions } from './terminal-sessions.ts'

let sessions: TerminalSessions

afterEach(() => sessions.closeWhere(() => true, 'exited'))

const window: Window = {
  client: 'a-page',
  writable: true,
  welcome() {},
  output() {},
  state() {},
  size() {},
  accepted() {},
  dismiss() {},
}

/** Machines that are never reached; `look`: somebody opens the terminal, `peek`: and closes the page again. */
function twoForEach() {
  sessions = createTerminalSessions({
    openMachine: (_key, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    onActivity() {},
    onStarted() {},
    idleMs: 60_000,
    maxPerPerson: 2,
  })
  const look = (hostName: string, userId = 'ada') =>
    sessions
      .open({ environmentId: 'e', generation: 1, hostName, userId, tab: '1' }, 'awake')
      ?.attach(window, { cols: 80, rows: 24 }, null) ?? null
  const peek = (hostName: string) => look(hostName)?.leave()
  return { look, peek }
}

test('whoever looks at as many terminals as one may have gets no other, and nobody else is touched by that', () => {
  const { look } = twoForEach()
  expect([look('one'), look('two'), look('three')].map(Boolean)).toEqual([true, true, false])
  expect(look('one', 'lin')).not.toBe(null)
  expect(sessions.size).toBe(3)
})

test('terminals that nobody looks at any more make room for others', () => {
  const { look, peek } = twoForEach()
  for (const host of ['one', 'two', 'three', 'four']) peek(host)
  expect(sessions.size).toBe(2)
  expect(look('five')).not.toBe(null)
  expect(look('six')).not.toBe(null)
  expect(look('seven')).toBe(null)
})
