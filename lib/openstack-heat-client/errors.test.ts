import { expect, test } from 'vitest'
import { classify, HeatError, type HeatErrorCode, isHeatError, readErrorBody } from './errors.ts'

const heat = (type: string, message?: string) => ({
  code: 400,
  title: 'Bad Request',
  explanation: 'General words.',
  error: { type, message },
})

// Each line: what was seen at a real Heat (Zed), and what it means for whoever called.
const seen: [meaning: HeatErrorCode, status: number, body: unknown][] = [
  ['auth_failed', 401, { error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' } }],
  ['forbidden', 403, heat('Forbidden', 'You are not authorized to use resource_types:OS::Nova::Flavor.')],
  ['not_found', 404, heat('EntityNotFound', 'The Stack (x) could not be found.')],
  ['not_found', 404, { message: 'The resource could not be found.<br /><br />', code: '404 Not Found', title: 'Not Found' }],
  ['conflict', 409, heat('StackExists', 'The Stack (rec-lab) already exists.')],
  ['conflict', 409, { conflictingRequest: { code: 409, message: "Cannot 'suspend' instance x while it is in task_state suspending" } }],
  ['not_found', 404, { itemNotFound: { code: 404, message: 'Instance x could not be found.' } }],
  ['in_progress', 409, heat('ActionInProgress', 'Stack rec-lab already has an action (SUSPEND) in progress.')],
  [
    'limit',
    400,
    heat('RequestLimitExceeded', 'Request limit exceeded: You have reached the maximum stacks per tenant, 100. Please delete some stacks.'),
  ],
  [
    'invalid',
    400,
    heat('RequestLimitExceeded', 'Request limit exceeded: Template size (530088 bytes) exceeds maximum allowed size (524288 bytes).'),
  ],
  [
    'invalid',
    400,
    heat(
      'StackValidationFailed',
      "Property error: : resources.head.properties.flavor: : Error validating value 'x': No Flavor matching {'name': 'x'}. (HTTP 404)",
    ),
  ],
  ['invalid', 400, heat('UserParameterMissing', 'The Parameter (need) was not provided.')],
  ['invalid', 400, heat('NotSupported', 'Updating a stack when it is suspended is not supported.')],
  [
    'outage',
    400,
    heat(
      'StackValidationFailed',
      'ConnectFailure: : resources.head: : Unable to establish connection to http://127.0.0.1:8774/v2.1/flavors/lab.tiny: HTTPConnectionPool(...)',
    ),
  ],
  [
    'outage',
    400,
    heat('ResourceTypeUnavailable', 'HEAT-E99001 Service neutron is not available for resource type OS::Neutron::SecurityGroup'),
  ],
  ['outage', 500, heat('MessagingTimeout', 'Timed out waiting for a reply to message ID 1')],
  ['outage', 500, heat('RemoteError')],
  ['outage', 429, null],
  ['outage', 503, null],
  ['protocol', 300, { versions: [] }],
]

test.each(seen)('%s: HTTP %i %j', (meaning, status, body) => {
  expect(classify(status, readErrorBody(body, status))).toBe(meaning)
})

test('what the API says is kept, but not without end', () => {
  expect(readErrorBody(heat('RemoteError'), 500)).toEqual({ title: 'RemoteError', explanation: 'General words.' })
  expect(readErrorBody(null, 502)).toEqual({ title: 'HTTP 502', explanation: '' })
  expect(readErrorBody(heat('X', 'y'.repeat(9999)), 400).explanation.length).toBe(2000)
})

test('an error of another copy of this module is recognised too', () => {
  const fields = { status: 404, method: 'GET', url: 'http://x/', requestId: null, title: 't', explanation: 'e' }
  const twin = Object.assign(new Error('twin'), { ...fields, name: 'HeatError', code: 'not_found' })
  expect(isHeatError(twin, 'not_found')).toBe(true)
  expect(isHeatError(new HeatError('limit', fields), 'not_found')).toBe(false)
  expect(isHeatError(new Error('x'))).toBe(false)
})
