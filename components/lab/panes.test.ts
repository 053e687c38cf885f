import { expect, test } from 'vitest'
import type { EnvironmentView, HostView, Phase } from '#lib/environments/phase.ts'
import { panesOf } from './panes.ts'

const hosts: HostView[] = [{ name: 'node1', label: 'node1' }]
const view = (phase: Phase, more: Partial<EnvironmentView> = {}) => ({ phase, generation: 3, hosts, ...more }) as EnvironmentView
const sleep: Phase[] = ['suspending', 'suspended', 'resuming']

test('from ready through sleep to ready again the same terminals stay, and go on calling', () => {
  for (const phase of ['ready', ...sleep, 'failed', 'ready'] as Phase[]) {
    expect(panesOf(view(phase), [], 3), phase).toEqual({ hosts, reachable: true })
  }
})

test('whoever comes to sleeping machines finds terminals that call nobody before they wake', () => {
  expect(panesOf(view('suspended'), [], null)).toEqual({ hosts, reachable: false })
  expect(panesOf(view('suspending'), [], null)).toEqual({ hosts, reachable: false })
  expect(panesOf(view('resuming'), [], null)).toEqual({ hosts, reachable: true })
})

test('terminals of an earlier generation do not speak for those of the next', () => {
  expect(panesOf(view('suspended'), [], 2)).toEqual({ hosts, reachable: false })
})

test('while machines are being built their terminals are laid out, and call as soon as it is known where they are', () => {
  expect(panesOf(view('building', { hosts: [] }), hosts, null)).toEqual({ hosts, reachable: false })
  expect(panesOf(view('building', { hosts: [] }), [], null)).toBeNull()
  expect(panesOf(view('starting'), [], null)).toEqual({ hosts, reachable: true })
})

test('where there is nothing to come back to there is no terminal', () => {
  for (const phase of ['deleting', 'deleted', 'lost'] as Phase[]) expect(panesOf(view(phase), hosts, 3), phase).toBeNull()
  expect(panesOf(view('failed'), hosts, null)).toBeNull()
  expect(panesOf(null, hosts, null)).toBeNull()
})
