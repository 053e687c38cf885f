import { expect, test } from 'vitest'
import { readLifecycle, withinBounds } from './lifecycle.ts'
import { readManifest } from './manifest.ts'

const minute = 60_000
const free = { idleMs: null, sittingMs: null, jobMs: null }

const base = `apiVersion: labs/v1
kind: Lab
metadata: {id: tiny, title: Tiny, level: beginner, duration: 15m}
environment:
  engine: heat
  template: tiny.yaml
  hosts: [{id: one, address: "{{outputs.one}}", user: debian}]
  ready: {signal: heat, timeout: 5m}
instructions: [{id: a-step, file: step.md}]
`
const problemsOf = (lifecycle: string) =>
  readManifest('lab.yaml', `${base}lifecycle: ${lifecycle}\n`).problems.map(({ message }) => message)

test('a lab that says nothing sleeps after half an hour, is warned before, and lets its learners ask for more', () => {
  expect(readLifecycle(undefined)).toEqual({
    idleMs: 30 * minute,
    warnMs: 2 * minute,
    how: 'suspend',
    otherwise: 'stop',
    jobMs: null,
    sittingMs: 480 * minute,
    extend: { byMs: 30 * minute, most: 4, whenLeftMs: 15 * minute },
  })
})

test('what a lab says of its sleep is what holds', () => {
  const read = readLifecycle({
    idle: { after: '15m', warn: '90s', action: 'shelve', active: ['input', 'job'], jobLimit: '3h' },
    limit: { session: 'never' },
  })
  expect(read).toMatchObject({ idleMs: 15 * minute, warnMs: 90_000, how: 'shelve', jobMs: 180 * minute, sittingMs: null, extend: null })
  expect(readLifecycle({ idle: { after: 'never' } }).idleMs).toBeNull()
})

test('an operator’s bounds are kept whatever a lab asks for, and leave at least half of the time without a warning', () => {
  const greedy = readLifecycle({ idle: { after: 'never', active: ['job'], jobLimit: '10h' }, limit: { session: '14d' } })
  const bounds = { idleMs: 60 * minute, sittingMs: 120 * minute, jobMs: 30 * minute }
  expect(withinBounds(greedy, bounds)).toMatchObject({ idleMs: 60 * minute, sittingMs: 120 * minute, jobMs: 30 * minute })
  expect(withinBounds(greedy, free)).toMatchObject({ idleMs: null, sittingMs: 14 * 1440 * minute, jobMs: 600 * minute })
  expect(withinBounds(readLifecycle(undefined), { ...free, idleMs: minute }).warnMs).toBe(30_000)
})

test('times that contradict each other are problems of lab.yaml', () => {
  expect(problemsOf('{idle: {after: 2m, warn: 2m}}')).toEqual([
    'The warning must be shorter than the time after which the machines fall asleep.',
  ])
  expect(problemsOf('{idle: {after: 5m, jobLimit: 1h}}')).toEqual(['It needs "job" among what counts as active.'])
  expect(problemsOf('{idle: {after: 5m, action: stop, otherwise: shelve}}')).toEqual(['It is only needed beside the action "suspend".'])
  expect(problemsOf('{limit: {session: 1h, extend: {by: 10m, max: 1, onlyWhenLeft: 2h}}}')).toEqual([
    'It must not be longer than the sitting.',
  ])
  expect(problemsOf('{idle: {after: 0m}}')[0]).toMatch(/must be a length of time|kind that is not allowed/)
  expect(problemsOf('{idle: {after: 15m, warn: 1m}, limit: {session: 3h, extend: {by: 30m, max: 3, onlyWhenLeft: 15m}}}')).toEqual([])
})
