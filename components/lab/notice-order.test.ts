import { expect, test } from 'vitest'
import { isDismissable, noticeId, type PageNotice, stillDismissed, waiting } from './notice-order.ts'

const lost: PageNotice = { kind: 'lost', text: '' }
const flaw: PageNotice = { kind: 'flaw', text: 'A clock is wrong.' }
const failure: PageNotice = { kind: 'failure', text: 'No room.' }
const deletion: PageNotice = { kind: 'deletion', text: '2026-07-01' }
const signedOut: PageNotice = { kind: 'signedOut', text: '' }
const kinds = (notices: PageNotice[]) => notices.map(({ kind }) => kind)

test('what matters more is said first, whatever came first', () => {
  expect(kinds(waiting([flaw, lost, deletion, failure], new Set()))).toEqual(['failure', 'deletion', 'lost', 'flaw'])
})

test('where the launch is over, a lost connection is no news', () => {
  expect(kinds(waiting([lost, signedOut], new Set()))).toEqual(['signedOut'])
})

test('what was sent away stays away; what still holds cannot be sent away', () => {
  const all = [lost, flaw, failure]
  expect(kinds(waiting(all, new Set(all.map(noticeId))))).toEqual(['lost'])
  expect([lost, signedOut, flaw, failure, deletion].filter(isDismissable)).toEqual([flaw, failure, deletion])
})

test('another reason is another notice, and the same one is said again when it comes again', () => {
  const away = new Set([noticeId(failure)])
  expect(kinds(waiting([{ kind: 'failure', text: 'The cloud is silent.' }], away))).toEqual(['failure'])
  expect(stillDismissed([failure], away)).toBe(away)
  expect([...stillDismissed([flaw], away)]).toEqual([])
})
