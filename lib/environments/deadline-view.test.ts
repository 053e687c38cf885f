import { expect, test } from 'vitest'
import type { Lifecycle } from '../labs/lifecycle.ts'
import { deadlineView, movingView, sleepView } from './deadline-view.ts'
import { noSpans } from './spans.ts'

const NOON = Date.UTC(2026, 0, 1, 12)
const at = (minutes: number) => new Date(NOON + minutes * 60_000)
const iso = (minutes: number) => at(minutes).toISOString()

const lifecycle: Lifecycle = {
  idleMs: 1_800_000,
  warnMs: 120_000,
  how: 'suspend',
  otherwise: 'stop',
  jobMs: null,
  sittingMs: null,
  extend: { byMs: 1_800_000, most: 4, whenLeftMs: 900_000 },
}

const awake: Parameters<typeof deadlineView>[0] = {
  phase: 'ready',
  phaseAt: at(-60),
  intent: 'running',
  suspendAt: at(30),
  limitAt: at(120),
  warnedAt: null,
  extensions: 1,
  heldHost: null,
  heldCommand: null,
  sleepHow: null,
  sleepWhy: null,
}

test('a page is told when its machines fall asleep, why, from when on it warns, and what more time there is', () => {
  expect(deadlineView(awake, lifecycle)).toEqual({
    at: iso(30),
    why: 'idle',
    warnFrom: iso(28),
    how: 'suspend',
    extend: { byMs: 1_800_000, left: 3, from: iso(15) },
    heldBy: null,
  })
  expect(deadlineView({ ...awake, limitAt: at(20) }, lifecycle)).toMatchObject({ at: iso(20), why: 'limit', warnFrom: iso(18) })
  expect(deadlineView({ ...awake, extensions: 4 }, lifecycle)).toMatchObject({ extend: null })
  expect(deadlineView({ ...awake, heldHost: 'one', heldCommand: 'make' }, lifecycle)).toMatchObject({
    heldBy: { host: 'one', command: 'make' },
  })
})

test('a warning that came late moves the time: the page always has as long as was promised', () => {
  expect(deadlineView({ ...awake, suspendAt: at(-10), warnedAt: at(0) }, lifecycle)).toMatchObject({ at: iso(2), warnFrom: iso(0) })
  expect(deadlineView({ ...awake, suspendAt: at(2), warnedAt: at(0) }, lifecycle)).toMatchObject({ at: iso(2), warnFrom: iso(0) })
})

test('what is not awake, or never sleeps, has no deadline', () => {
  expect(deadlineView({ ...awake, phase: 'suspending' }, lifecycle)).toBeNull()
  expect(deadlineView({ ...awake, intent: 'deleted' }, lifecycle)).toBeNull()
  expect(deadlineView({ ...awake, suspendAt: null, limitAt: null }, lifecycle)).toBeNull()
})

test('how and why it sleeps is told from when it falls asleep until it has woken', () => {
  expect(sleepView({ ...awake, phase: 'suspended', sleepWhy: 'idle' }, lifecycle)).toEqual({ how: 'suspend', why: 'idle' })
  expect(sleepView({ ...awake, phase: 'resuming', sleepHow: 'stop', sleepWhy: 'limit' }, lifecycle)).toEqual({ how: 'stop', why: 'limit' })
  expect(sleepView({ ...awake, phase: 'suspending' }, lifecycle)).toEqual({ how: 'suspend', why: 'asked' })
  expect(sleepView(awake, lifecycle)).toBeNull()
})

test('what is in motion tells since when and how long that usually takes; a build counts from when it was asked for', () => {
  const span = { usualMs: 1_000, fromMs: 900, toMs: 1_500, runs: 9 }
  const of = (phase: typeof awake.phase) =>
    movingView({ phase, phaseAt: at(-1) }, { startedAt: iso(-5), spans: { ...noSpans, create: span, resume: span } })
  expect(of('building')).toEqual({ movingSince: iso(-5), estimate: span })
  expect(of('starting')).toEqual({ movingSince: iso(-5), estimate: span })
  expect(of('resuming')).toEqual({ movingSince: iso(-1), estimate: span })
  expect(of('suspending')).toEqual({ movingSince: iso(-1), estimate: null })
  expect(of('ready')).toEqual({ movingSince: null, estimate: null })
  expect(of('failed')).toEqual({ movingSince: null, estimate: null })
})
