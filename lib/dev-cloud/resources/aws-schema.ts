import type { Description } from '../cloud.ts'

export const awsWaitConditionSchema: Description = {
  description: 'Waits for signals to a handle.',
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    Handle: { type: 'string', required: true, description: 'The handle that is signalled.' },
    Timeout: { type: 'integer', required: true, description: 'How long to wait, in seconds.', range: { min: 1, max: 43200 } },
    Count: { type: 'integer', updatable: true, description: 'How many signals make it complete.', default: 1, range: { min: 1 } },
  },
  attributes: {
    Data: { type: 'string', description: 'Data of the signals by their id, as a JSON text.' },
  },
}

export const awsWaitConditionHandleSchema: Description = {
  description: "Where guests say that they are ready, in CloudFormation's way.",
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {},
  attributes: {},
}
