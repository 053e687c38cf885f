import { expect, test } from 'vitest'
import { type BulkOrder, digestOf, orderAt, planFor } from './bulk-plan.ts'
import type { OrderRow } from './write-order.ts'

const now = new Date('2026-11-28T14:00:00Z')
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const quiet: OrderRow = {
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
const plan = (bulk: Partial<BulkOrder> & Pick<BulkOrder, 'action'>, row: Partial<OrderRow> = {}) => {
  const order: BulkOrder = { filter: {}, ...bulk }
  const found = planFor(order, orderAt(order, now), { row: { ...quiet, ...row }, now })
  return 'to' in found ? found.to : found.spared
}

test('each action leads where it should', () => {
  expect(plan({ action: 'suspend' })).toBe('suspending')
  expect(plan({ action: 'wake' }, { phase: 'suspended', intent: 'suspended' })).toBe('resuming')
  expect(plan({ action: 'reset' })).toBe('building')
  expect(plan({ action: 'delete' })).toBe('ready')
  expect(plan({ action: 'delete', graceMs: 0 })).toBe('deleting')
  expect(plan({ action: 'undelete' }, { deleteAt: new Date(now.getTime() + 1) })).toBe('ready')
})

test('nobody who is at work, or was a moment ago, is disturbed unless that is said', () => {
  const used = (minutes: number) => ({ lastActivityAt: ago(minutes), touchedAt: ago(minutes) })
  expect(plan({ action: 'suspend' }, used(1))).toBe('in_use')
  expect(plan({ action: 'suspend' }, used(14))).toBe('used_lately')
  expect(plan({ action: 'suspend' }, used(16))).toBe('suspending')
  expect(plan({ action: 'suspend', spareMs: 60 * 60_000 }, used(16))).toBe('used_lately')
  expect(plan({ action: 'suspend', spareMs: 0 }, used(1))).toBe('suspending')
  expect(plan({ action: 'suspend' }, { heldHost: 'node1', heldCommand: 'make' })).toBe('held')
  expect(plan({ action: 'suspend', spareMs: 0 }, { heldHost: 'node1', heldCommand: 'make' })).toBe('suspending')
  expect(plan({ action: 'wake' }, { ...used(1), phase: 'suspending', intent: 'suspended' })).toBe('resuming')
})

test('work is erased only where that is said, and falling asleep erases nothing', () => {
  const worked = { touchedAt: ago(600), lastActivityAt: ago(500) }
  expect(plan({ action: 'reset' }, worked)).toBe('touched')
  expect(plan({ action: 'delete' }, worked)).toBe('touched')
  expect(plan({ action: 'reset', touched: true }, worked)).toBe('building')
  expect(plan({ action: 'suspend' }, worked)).toBe('suspending')
  expect(plan({ action: 'delete', touched: true }, { ...worked, lastActivityAt: ago(1) })).toBe('in_use')
})

test('a digest stands for exactly what is done, in whatever order it was listed', () => {
  const one = { id: 'a', generation: 1, from: 'ready', to: 'suspending', touched: false } as const
  const other = { ...one, id: 'b' }
  const suspend: BulkOrder = { action: 'suspend', filter: {} }
  const digest = digestOf(suspend, [one, other])
  expect(digestOf(suspend, [other, one])).toBe(digest)
  expect(digestOf({ ...suspend, filter: { phases: ['ready'] } }, [one, other])).toBe(digest)
  const others = [
    digestOf(suspend, [one]),
    digestOf(suspend, [one, { ...other, generation: 2 }]),
    digestOf({ ...suspend, action: 'reset' }, [one, other]),
    digestOf({ ...suspend, action: 'reset' }, [one, { ...other, touched: true }]),
    digestOf({ ...suspend, action: 'delete' }, [one, other]),
    digestOf({ ...suspend, action: 'delete', graceMs: 0 }, [one, other]),
  ]
  expect(new Set([digest, ...others]).size).toBe(7)
})

test('that machines are further on their way, or were used where nothing is lost, is no other thing to do', () => {
  const wake: BulkOrder = { action: 'wake', filter: {} }
  const sleepy = { id: 'a', generation: 1, from: 'suspending', to: 'resuming', touched: false } as const
  expect(digestOf(wake, [{ ...sleepy, from: 'suspended', touched: true }])).toBe(digestOf(wake, [sleepy]))
  expect(digestOf(wake, [{ ...sleepy, from: 'failed', to: 'queued' }])).not.toBe(digestOf(wake, [sleepy]))
  const later: BulkOrder = { action: 'delete', filter: {} }
  const kept = (phase: 'starting' | 'ready') => digestOf(later, [{ ...sleepy, from: phase, to: phase }])
  expect(kept('ready')).toBe(kept('starting'))
})
