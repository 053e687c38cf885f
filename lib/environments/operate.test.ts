import { expect, test } from 'vitest'
import { dueOf, isMarked } from './due.ts'
import { checkedReason, operatorActions, refusalOf } from './operate.ts'
import type { Phase } from './phase.ts'
import { type Order, type OrderRow, phaseAfter } from './write-order.ts'

const now = new Date('2026-11-28T14:00:00Z')
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
const ready: OrderRow = {
  id: '01900000-0000-7000-8000-000000000006',
  generation: 1,
  phase: 'ready',
  intent: 'running',
  reasonCode: null,
  wasReady: true,
  touchedAt: null,
  lastActivityAt: null,
  heldHost: null,
  heldCommand: null,
  deleteAt: null,
  deletedAt: null,
}
const suspend: Order = { action: 'suspend', reason: null }
const wake: Order = { action: 'wake', reason: null }
const reset: Order = { action: 'reset', reason: 'asked for' }
const remove = (minutes: number): Order => ({ action: 'delete', reason: 'over', deleteAt: at(minutes), atOnce: minutes === 0 })
const phases: Phase[] = [
  'queued',
  'building',
  'starting',
  'ready',
  'suspending',
  'suspended',
  'resuming',
  'deleting',
  'deleted',
  'lost',
  'failed',
]

test('in each phase an operator may order what makes sense there, and nothing of what is being removed', () => {
  const answers = phases.map((phase) => {
    const row: OrderRow = { ...ready, phase, intent: phase === 'deleting' || phase === 'deleted' ? 'deleted' : 'running' }
    return [phase, ...[suspend, wake, reset, remove(10)].map((order) => refusalOf(order, row, now) ?? 'done')].join(' ')
  })
  expect(answers).toEqual([
    'queued not_now already not_now done',
    'building done already done done',
    'starting done already done done',
    'ready done already done done',
    'suspending already done done done',
    'suspended already done done done',
    'resuming done already done done',
    'deleting removed removed removed removed',
    'deleted removed removed removed removed',
    'lost not_now not_now done done',
    'failed done done done done',
  ])
  expect(operatorActions('lost')).toEqual(['reset', 'delete'])
})

test('what could not be built cannot be put to sleep, and waking it begins anew; what could not be woken is woken again', () => {
  const notBuilt: OrderRow = { ...ready, phase: 'failed', wasReady: false }
  expect(refusalOf(suspend, notBuilt, now)).toBe('not_now')
  expect(phaseAfter(wake, notBuilt)).toBe('queued')
  expect(phaseAfter(wake, { ...notBuilt, wasReady: true })).toBe('resuming')
  const inLine: OrderRow = { ...notBuilt, phase: 'queued' }
  expect(refusalOf(wake, inLine, now)).toBe('already')
  expect(refusalOf(wake, { ...inLine, reasonCode: 'cloud.unavailable' }, now), 'it is tried at once').toBe(null)
  expect(phaseAfter(wake, inLine)).toBe('queued')
})

test('a deletion can be brought forward and taken back, never put off by ordering it again', () => {
  const marked: OrderRow = { ...ready, deleteAt: at(10) }
  expect(refusalOf(remove(10), marked, now)).toBe('already')
  expect(refusalOf(remove(60), marked, now)).toBe('already')
  expect(refusalOf(remove(0), marked, now)).toBe(null)
  expect(phaseAfter(remove(0), marked)).toBe('deleting')
  expect(phaseAfter(remove(5), marked)).toBe('ready')
  expect(refusalOf({ action: 'undelete' }, marked, now)).toBe(null)
  expect(refusalOf({ action: 'undelete' }, ready, now)).toBe('already')
  expect(refusalOf({ action: 'undelete' }, { ...marked, deleteAt: at(0) }, now)).toBe('removed')
  expect(refusalOf(suspend, marked, now)).toBe(null)
})

test('a reason is kept without the space around it; where one is needed none will not do, and a novel never', () => {
  expect(checkedReason('  end of term ', { needed: true })).toBe('end of term')
  expect(checkedReason(undefined, { needed: false })).toBe(null)
  for (const [text, needed] of [[' ', true] as const, ['x'.repeat(501), false] as const])
    expect(() => checkedReason(text, { needed })).toThrow(expect.objectContaining({ code: 'input.invalid' }))
})

test('what is due is told soonest first: sleep only of what is awake, a removal only while it can be taken back', () => {
  const facts = { phase: 'ready', intent: 'running', suspendAt: at(20), limitAt: at(120), deleteAt: at(60), retryAt: at(-1) } as const
  const told = (more: Partial<Parameters<typeof dueOf>[0]> = {}) => dueOf({ ...facts, ...more }, now).map(({ what }) => what)
  expect(told()).toEqual(['sleep', 'delete', 'limit'])
  expect(dueOf(facts, now)[0]).toEqual({ what: 'sleep', at: '2026-11-28T14:20:00.000Z' })
  expect(told({ phase: 'suspending', intent: 'suspended' })).toEqual(['delete'])
  expect(told({ phase: 'suspending', intent: 'suspended', retryAt: at(1) })).toEqual(['retry', 'delete'])
  expect(told({ phase: 'deleting', intent: 'deleted', retryAt: at(1) })).toEqual(['retry'])
  expect(isMarked({ intent: 'running', deleteAt: at(0) }, now)).toBe(false)
})
