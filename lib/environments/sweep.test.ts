import { expect, test } from 'vitest'
import { changedBehindOurBack, type RestingStack } from './sweep.ts'

const resting = (more: Partial<RestingStack>): RestingStack => ({
  environmentId: 'ada',
  name: 'stack-of-ada',
  action: 'SUSPEND',
  status: 'COMPLETE',
  missing: false,
  lost: false,
  ...more,
})
const listed = (action: string, status: string) =>
  new Map([['stack-of-ada', { action, status }]]) as Parameters<typeof changedBehindOurBack>[1]
const nothing = new Map() as Parameters<typeof changedBehindOurBack>[1]

test('what is as it was left is left alone', () => {
  expect(changedBehindOurBack([resting({})], listed('SUSPEND', 'COMPLETE'))).toEqual({ changed: [], found: [] })
  expect(changedBehindOurBack([], listed('SUSPEND', 'COMPLETE'))).toEqual({ changed: [], found: [] })
})

test('what was switched, has failed, or is not there any more is looked at', () => {
  const changed = { changed: ['ada'], found: [] }
  expect(changedBehindOurBack([resting({})], listed('RESUME', 'COMPLETE'))).toEqual(changed)
  expect(changedBehindOurBack([resting({})], listed('SUSPEND', 'FAILED'))).toEqual(changed)
  expect(changedBehindOurBack([resting({})], nothing)).toEqual(changed)
  // It was not there a moment ago and is again as it was.
  expect(changedBehindOurBack([resting({ missing: true })], listed('SUSPEND', 'COMPLETE'))).toEqual(changed)
})

test('a create that was never answered is news only once it has come to something', () => {
  const asked = resting({ action: null, status: null })
  expect(changedBehindOurBack([asked], nothing)).toEqual({ changed: [], found: [] })
  expect(changedBehindOurBack([asked], listed('CREATE', 'IN_PROGRESS'))).toEqual({ changed: ['ada'], found: [] })
})

test('what was taken for gone and stands is found again, unless it is being removed', () => {
  const lost = resting({ lost: true })
  expect(changedBehindOurBack([lost], listed('SUSPEND', 'COMPLETE'))).toEqual({ changed: [], found: ['ada'] })
  expect(changedBehindOurBack([lost], listed('DELETE', 'IN_PROGRESS'))).toEqual({ changed: [], found: [] })
  expect(changedBehindOurBack([lost], nothing)).toEqual({ changed: [], found: [] })
})
