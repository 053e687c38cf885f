import { expect, test } from 'vitest'
import type { StackEvent } from '../openstack-heat-client/index.ts'
import { firstFailure } from './cause.ts'

const event = (resourceName: string, words: string, statusReason = ''): StackEvent => {
  const [action, status] = words.split(' ') as [StackEvent['action'], StackEvent['status']]
  const isStack = resourceName === 'stack'
  return { id: `${resourceName} ${words}`, at: new Date(0), resourceName, physicalId: '', action, status, statusReason, isStack }
}

test('of what went wrong the part that failed of itself is named, not those that were stopped because of it', () => {
  const events = [
    event('stack', 'CREATE IN_PROGRESS'),
    event('network', 'CREATE COMPLETE'),
    event('server', 'CREATE FAILED', 'ResourceInError: No valid host was found'),
    event('volume', 'CREATE FAILED', 'CREATE aborted'),
    event('stack', 'CREATE FAILED', 'Resource CREATE failed: volume'),
  ]
  expect(firstFailure(events, 'CREATE')).toBe('server: ResourceInError: No valid host was found')
})

test('of a part that Heat tried several times its last word counts', () => {
  const events = [
    event('stack', 'CREATE IN_PROGRESS'),
    event('server', 'CREATE FAILED', 'No valid host was found'),
    event('server', 'DELETE COMPLETE'),
    event('server', 'CREATE FAILED', 'Quota exceeded'),
  ]
  expect(firstFailure(events, 'CREATE')).toBe('server: Quota exceeded')
})

test('what failed in an earlier run of the same action is past', () => {
  const before = [event('stack', 'SUSPEND IN_PROGRESS'), event('one', 'SUSPEND FAILED', 'it is in vm_state stopped')]
  const now = [event('stack', 'SUSPEND IN_PROGRESS'), event('two', 'SUSPEND FAILED', 'it is in task_state rebooting')]
  expect(firstFailure([...before, ...now], 'SUSPEND')).toBe('two: it is in task_state rebooting')
  expect(firstFailure([...before, event('stack', 'SUSPEND IN_PROGRESS')], 'SUSPEND')).toBeNull()
})

test('where all were stopped one of them has to do, and without words there is no cause', () => {
  const aborted = [event('stack', 'CREATE IN_PROGRESS'), event('one', 'CREATE FAILED', 'CREATE aborted')]
  expect(firstFailure(aborted, 'CREATE')).toBe('one: CREATE aborted')
  expect(firstFailure([event('one', 'CREATE FAILED')], 'CREATE')).toBeNull()
  expect(firstFailure([], 'CREATE')).toBeNull()
})
