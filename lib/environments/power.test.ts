import { expect, test } from 'vitest'
import type { Server, ServerAction } from '../openstack-heat-client/index.ts'
import { type PowerOrder, powerOf, serverAction } from './power.ts'

const server = (status: Server['status'], taskState: string | null = null) => ({ status, taskState })

test('servers are counted by what they are for us; what is under way is under way, whatever it was', () => {
  const states: Server['status'][] = [
    'ACTIVE',
    'SUSPENDED',
    'SHUTOFF',
    'SHELVED',
    'SHELVED_OFFLOADED',
    'BUILD',
    'REBOOT',
    'ERROR',
    'MISSING',
    'UNKNOWN',
  ]
  expect(powerOf(states.map((status) => server(status)))).toEqual({ active: 1, suspended: 1, stopped: 3, moving: 2, broken: 3 })
  expect(powerOf([server('ACTIVE', 'suspending'), server('ERROR', 'powering-on')])).toMatchObject({ active: 0, moving: 2, broken: 0 })
  expect(powerOf([])).toEqual({ active: 0, suspended: 0, stopped: 0, moving: 0, broken: 0 })
})

const off = (how: 'suspend' | 'stop' | 'shelve'): PowerOrder => ({ to: 'off', how })
const on: PowerOrder = { to: 'on' }

test.each<[Server['status'], PowerOrder, ServerAction | null]>([
  ['ACTIVE', off('suspend'), 'suspend'],
  ['ACTIVE', off('stop'), 'stop'],
  ['ACTIVE', off('shelve'), 'shelve'],
  ['SUSPENDED', off('stop'), null],
  ['SHUTOFF', off('shelve'), null],
  ['SHELVED_OFFLOADED', off('suspend'), null],
  ['ERROR', off('stop'), null],
  ['ACTIVE', on, null],
  ['SUSPENDED', on, 'resume'],
  ['SHUTOFF', on, 'start'],
  ['SHELVED', on, 'unshelve'],
  ['SHELVED_OFFLOADED', on, 'unshelve'],
  ['ERROR', on, 'reboot'],
  ['MISSING', on, null],
  ['UNKNOWN', on, null],
])('a server that is %s and has to be %o is asked to %s', (status, order, action) => {
  expect(serverAction(server(status), order)).toBe(action)
})

test('a server at which Nova is already is asked for nothing', () => {
  expect(serverAction(server('ACTIVE', 'suspending'), off('suspend'))).toBeNull()
  expect(serverAction(server('SHUTOFF', 'powering-on'), on)).toBeNull()
})
