import { expect, test } from 'vitest'
import type { EnvironmentView, Phase } from '#lib/environments/phase.ts'
import { besideOf } from './beside.tsx'
import { isHopeless, statusOf } from './status-of.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const view = (phase: Phase, more: Partial<EnvironmentView> = {}) =>
  ({ phase, phaseAt: '2026-11-20T11:00:00Z', readyAt: null, reason: null, deadline: null, ...more }) as EnvironmentView
const facts = { now: NOW, lost: false, hopeless: false, warned: false }

test('every phase has its word; whoever waits for the first seconds is not in line', () => {
  expect(statusOf({ ...facts, view: view('suspended') })).toBe('suspended')
  expect(statusOf({ ...facts, view: view('queued') })).toBe('queued')
  expect(statusOf({ ...facts, view: view('queued', { phaseAt: '2026-11-20T11:59:55Z' }) })).toBe('building')
  expect(statusOf({ ...facts, view: null })).toBe('none')
})

test('a warning is said in the place of ready, and a lost connection before everything', () => {
  expect(statusOf({ ...facts, view: view('ready'), warned: true })).toBe('warned')
  expect(statusOf({ ...facts, view: view('ready'), warned: true, lost: true })).toBe('reconnecting')
})

test('machines that once were ready and failed could not wake; others could not start', () => {
  expect(statusOf({ ...facts, view: view('failed', { readyAt: '2026-11-20T10:00:00Z' }) })).toBe('wakeFailed')
  expect(statusOf({ ...facts, view: view('failed') })).toBe('failed')
})

test('where nothing can carry machines nobody is told to wait', () => {
  expect(isHopeless(view('queued'), 'no root')).toBe(true)
  expect(isHopeless(view('ready'), 'no root')).toBe(false)
  expect(isHopeless(null, null)).toBe(false)
})

test('beside the status stands how long it takes, what keeps them awake, or what is left: one of them', () => {
  const deadline = {
    at: '2026-11-20T12:20:00Z',
    why: 'limit',
    warnFrom: '2026-11-20T12:18:00Z',
    how: 'suspend',
    extend: null,
    heldBy: null,
  } as const
  const ready = { now: NOW, moving: false, warned: false }
  expect(besideOf({ ...ready, view: view('resuming'), moving: true })).toBe('pace')
  expect(besideOf({ ...ready, view: view('ready', { deadline }) })).toBe('left')
  expect(besideOf({ ...ready, view: view('ready', { deadline: { ...deadline, heldBy: { host: 'node1', command: 'make' } } }) })).toBe(
    'held',
  )
  expect(besideOf({ ...ready, view: view('ready', { deadline }), warned: true })).toBeNull()
  expect(besideOf({ ...ready, view: view('ready') })).toBeNull()
})
